import { describeCell } from '@fieldseal/core';
import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

/** Kills after which the key rotates again, so that there is always something to do. */
const AGAIN_EVERY = 5;
const ROWS = 4000;
const WRITERS = 4;

test(`reencrypt that is killed ${KILLS} times loses no write of ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, overwrite, stored, opened } = await openPeopleApplication(project);
  const over = new AbortController();
  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    const twin = new Map((await stored()).map(({ id }) => [Number(id), panOf(Number(id))]));
    await keyring.rotateKey(ALIAS);

    // each writer has rows of its own, so that the twin knows the last value of each; half of all rows
    // are left to the job
    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['reencrypt', 'Person.pan', '--load', '1', '--batch-size', '10'];
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const code = await killAtWork(project, args, [0, 900]);
      if (code === 0) break;
      if (kills % AGAIN_EVERY === AGAIN_EVERY - 1) await keyring.rotateKey(ALIAS);
    }
    expect(kills).toBe(KILLS);
    expect(await project.run(args, { phase: 'migrating' })).toMatchObject({ code: 0 });
    over.abort();
    await writers;

    const rows = await stored();
    const keys = new Set(rows.map(({ pan }) => describeCell(pan as string).dataKeyId));
    // one for each tenant: none is under the key of before
    expect(keys.size).toBe(2);
    expect(await opened()).toEqual(twin);
    const { rows: jobs } = await sql.query(
      `SELECT written::int, problems::int FROM fieldseal_jobs.job WHERE kind = 're-encrypt'`,
    );
    // no row more than once for each rotation: what an application wrote was under the new key already
    expect(jobs).toEqual([{ written: expect.any(Number), problems: 0 }]);
    expect(jobs[0].written).toBeLessThanOrEqual(ROWS * (1 + KILLS / AGAIN_EVERY));
    expect(jobs[0].written).toBeGreaterThanOrEqual(ROWS / 2);
    expect(await project.run(['verify', 'Person.pan'], { phase: 'migrating' })).toMatchObject({
      code: 0,
    });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
