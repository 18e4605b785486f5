import { expect, test } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork } from './kill-at-work.ts';

const ROWS = 4000;
/** Kills after which rows become plaintext again, so that there is always something to do. */
const AGAIN_EVERY = 5;

test(`a job that is killed ${KILLS} times loses nothing and does nothing twice`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS);
  const phase = 'migrating';
  try {
    const args = ['encrypt-existing', 'Person.pan', '--load', '1', '--batch-size', '20'];
    let kills = 0;
    let again = 0;
    for (; kills < KILLS; kills++) {
      const code = await killAtWork(project, args, [0, 500]);
      if (code === 0) break;
      // whatever it was doing: each row is plaintext without tokens or a cell with them
      const { rows } = await project.sql.query(
        `SELECT count(*)::int AS n FROM people WHERE starts_with(pan, 'fs1.') <> (pan_token IS NOT NULL)`,
      );
      expect(rows).toEqual([{ n: 0 }]);
      if (kills % AGAIN_EVERY === 0) again += await openSome(project, kills);
    }
    expect(kills).toBe(KILLS);
    expect(await project.run(args, { phase })).toMatchObject({ code: 0 });
    const { rows } = await project.sql.query(
      `SELECT count(*)::int AS cells, count(DISTINCT pan_token)::int AS tokens FROM people
        WHERE starts_with(pan, 'fs1.')`,
    );
    expect(rows).toEqual([{ cells: ROWS, tokens: ROWS }]);
    const job = await project.sql.query(
      `SELECT written::int FROM fieldseal_jobs.job WHERE kind = 'encrypt-existing'`,
    );
    expect(job.rows).toEqual([{ written: ROWS + again }]);
    expect(await project.run(['verify', 'Person.pan'], { phase })).toMatchObject({ code: 0 });
  } finally {
    await project.close();
  }
});

/** As an old version of the application writes; gives how many of the rows were cells. */
async function openSome({ sql }: CliProject, n: number): Promise<number> {
  const { rows } = await sql.query(
    `UPDATE people SET pan = '4111 1111 ' || lpad(id::text, 8, '0'), pan_token = NULL
      WHERE id % 11 = $1::int AND starts_with(pan, 'fs1.') RETURNING id`,
    [n % 11],
  );
  return rows.length;
}
