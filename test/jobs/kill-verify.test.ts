import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { countJobWrites } from './job-writes.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

const ROWS = 4000;
const WRITERS = 4;
/** Every other four rows are the writers'; these are not: at the begin, in the middle, at the end. */
const WRONG = { plaintext: 8, token: 2000, moved: 4000 };

test(`verify that is killed ${KILLS} times names each wrong row once, and no row of ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, overwrite, opened } = await openPeopleApplication(project);
  const over = new AbortController();
  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    await sql.query('CREATE TABLE kept AS SELECT * FROM people');
    const twin = new Map<number, unknown>(
      Array.from({ length: ROWS }, (_, i) => [i + 1, panOf(i + 1)]),
    );
    await sql.query(`UPDATE people SET pan = 'x' WHERE id = $1`, [WRONG.plaintext]);
    await sql.query(`UPDATE people SET pan_token = 'x' WHERE id = $1`, [WRONG.token]);
    await sql.query(`UPDATE people SET pan = (SELECT pan FROM kept WHERE id = $2) WHERE id = $1`, [
      WRONG.moved,
      WRONG.plaintext,
    ]);
    const jobWrites = await countJobWrites(sql);

    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + 2 * WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['verify', 'Person.pan', '--load', '1', '--batch-size', '10'];
    for (let kills = 0; kills < KILLS; ) {
      const code = await killAtWork(project, args, [0, 900]);
      if (code === null) kills += 1;
      else expect(code).toBe(1);
    }
    const last = await project.run([...args, '--json'], { phase: 'migrating' });
    over.abort();
    await writers;

    const report = JSON.parse(last.out);
    const named = report.problems.map(({ row, code }: Record<string, string>) => `${row} ${code}`);
    expect(named.sort()).toEqual(
      [
        `${WRONG.plaintext} ERR_CIPHERTEXT_REJECTED`,
        `${WRONG.plaintext} plaintext`,
        `${WRONG.token} ERR_INDEX_MISMATCH`,
        `${WRONG.moved} ERR_CIPHERTEXT_REJECTED`,
      ].sort(),
    );
    expect(report).toMatchObject({ state: 'refused', problemCount: named.length });
    const { rows } = await sql.query(
      `SELECT count(*)::int AS n FROM fieldseal_jobs.job WHERE state IN ('running', 'paused')`,
    );
    expect(rows).toEqual([{ n: 0 }]);
    expect((await jobWrites()).all()).toBe(0);

    // the cell that was moved goes before its own row gets it back
    for (const id of [WRONG.moved, WRONG.token, WRONG.plaintext])
      await sql.query(
        `UPDATE people AS p SET pan = k.pan, pan_token = k.pan_token FROM kept AS k
          WHERE k.id = p.id AND p.id = $1`,
        [id],
      );
    expect(await opened()).toEqual(twin);
    expect(await project.run(args, { phase: 'migrating' })).toMatchObject({ code: 0 });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
