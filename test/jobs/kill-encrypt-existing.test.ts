import { listJobs } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { type CliProject, createProject } from '../cli/run-cli.ts';
import { countJobWrites } from './job-writes.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

const ROWS = 4000;
const WRITERS = 4;
/** Kills after which rows become plaintext again, so that there is always something to do. */
const AGAIN_EVERY = 5;
const PHASE = 'plain';

test(`plaintext is sealed by a job that is killed ${KILLS} times, beside ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, overwrite, stored, opened } = await openPeopleApplication(project, PHASE);
  const jobWrites = await countJobWrites(sql);
  const over = new AbortController();
  try {
    const twin = new Map<number, unknown>(
      Array.from({ length: ROWS }, (_, i) => [i + 1, panOf(i + 1)]),
    );
    // half of all rows are left to the job
    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['encrypt-existing', 'Person.pan', '--load', '1', '--batch-size', '20'];
    const killedIn = new Set<string>();
    const again = new Map<number, number>();
    // on a busy machine the first steps take longer than all of the kills
    for (let kills = 0; kills < KILLS || !killedIn.has('cells'); kills++) {
      expect(await killAtWork(project, args, [0, 500], PHASE)).toBe(null);
      const [job, ...others] = await listJobs(project.url);
      expect(others).toEqual([]);
      // one that did not come to write down a job has done nothing
      if (job === undefined) continue;
      killedIn.add(job.step);
      // whatever it was doing: a row with a cell has the token of it
      const { rows: bare } = await sql.query(
        `SELECT count(*)::int AS n FROM people WHERE starts_with(pan, 'fs1.') AND pan_token IS NULL`,
      );
      expect(bare).toEqual([{ n: 0 }]);
      if (kills % AGAIN_EVERY === AGAIN_EVERY - 1 && job.step === 'cells')
        for (const id of await openSome(project, kills)) again.set(id, 1 + (again.get(id) ?? 0));
    }
    expect(await project.run(args, { phase: PHASE })).toMatchObject({ code: 0 });
    over.abort();
    await writers;

    expect(await opened()).toEqual(twin);
    for (const { pan, panToken } of await stored()) {
      expect(pan).toMatch(/^fs1\./);
      expect(panToken).toHaveLength(32);
    }
    // a token and a cell for each row, and another cell where an old version wrote; nothing twice
    const writes = await jobWrites();
    for (let id = ROWS / 2 + 1; id <= ROWS; id++)
      expect([id, writes.of(id)]).toEqual([id, 2 + (again.get(id) ?? 0)]);
    const { rows } = await sql.query(
      `SELECT written::int, problems::int FROM fieldseal_jobs.job WHERE kind = 'encrypt-existing'`,
    );
    expect(rows).toEqual([{ written: writes.all(), problems: 0 }]);
    expect(await project.run(['verify', 'Person.pan'], { phase: PHASE })).toMatchObject({
      code: 0,
    });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});

/** As an old version of the application writes, into rows that no writer has; gives those that were cells. */
async function openSome({ sql }: CliProject, n: number): Promise<number[]> {
  const { rows } = await sql.query(
    `UPDATE people SET pan = '4111 1111 ' || lpad(id::text, 8, '0'), pan_token = NULL
      WHERE id > $2 AND id % 11 = $1::int AND starts_with(pan, 'fs1.') RETURNING id`,
    [n % 11, ROWS / 2],
  );
  return rows.map(({ id }) => Number(id));
}
