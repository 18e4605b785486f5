import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';

/** Kills in a short run, and in a long one. */
const KILLS = process.env.FIELDSEAL_LONG === '1' ? 50 : 6;
const ROWS = 4000;

async function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

test(`a job that is killed ${KILLS} times loses nothing and does nothing twice`, {
  timeout: 600_000,
}, async () => {
  const project = await createProject(ROWS);
  const phase = 'migrating';
  try {
    const args = ['encrypt-existing', 'Person.pan', '--load', '1', '--batch-size', '20'];
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const child = project.start(args, { phase });
      const running = ended(child);
      const killed = setTimeout(() => child.kill('SIGKILL'), 600 + Math.random() * 500);
      const code = await running;
      clearTimeout(killed);
      if (code === 0) break;
      // whatever it was doing: each row is plaintext without tokens or a cell with them
      const { rows } = await project.sql.query(
        `SELECT count(*)::int AS n FROM people WHERE starts_with(pan, 'fs1.') <> (pan_token IS NOT NULL)`,
      );
      expect(rows).toEqual([{ n: 0 }]);
    }
    expect(kills).toBeGreaterThan(0);
    expect(await project.run(args, { phase })).toMatchObject({ code: 0 });
    const { rows } = await project.sql.query(
      `SELECT count(*)::int AS cells, count(DISTINCT pan_token)::int AS tokens FROM people
        WHERE starts_with(pan, 'fs1.')`,
    );
    expect(rows).toEqual([{ cells: ROWS, tokens: ROWS }]);
    const job = await project.sql.query(
      `SELECT written::int FROM fieldseal_jobs.job WHERE kind = 'encrypt-existing'`,
    );
    expect(job.rows).toEqual([{ written: ROWS }]);
    expect(await project.run(['verify', 'Person.pan'], { phase })).toMatchObject({ code: 0 });
  } finally {
    await project.close();
  }
});
