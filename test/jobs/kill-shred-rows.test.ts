import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

/** Kills after which rows have their cells again, as if restored, so that there is something to do. */
const AGAIN_EVERY = 3;

const ROWS = 4000;
const WRITERS = 4;

test(`shred --rows that is killed ${KILLS} times clears one tenant, beside ${WRITERS} writers of another`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, overwrite, stored, opened } = await openPeopleApplication(project);
  const over = new AbortController();
  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    await sql.query('CREATE TABLE kept AS SELECT * FROM people');
    const rows = await stored();
    // t0 has the even ids
    const twin = new Map(
      rows.map(({ id }) => [Number(id), Number(id) % 2 ? null : panOf(Number(id))]),
    );

    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 2 * (1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 4)));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['shred', '--tenant', 't1', '--rows', '--yes'];
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const code = await killAtWork(project, args, [0, 900]);
      if (code === 0) break;
      // each row has both or neither
      const { rows: torn } = await sql.query(
        'SELECT count(*)::int AS n FROM people WHERE (pan IS NULL) <> (pan_token IS NULL)',
      );
      expect(torn).toEqual([{ n: 0 }]);
      if (kills % AGAIN_EVERY === AGAIN_EVERY - 1)
        await sql.query(
          `UPDATE people AS p SET pan = k.pan, pan_token = k.pan_token FROM kept AS k
            WHERE k.id = p.id AND p.tenant_id = 't1' AND p.pan IS NULL`,
        );
    }
    expect(kills).toBe(KILLS);
    expect(await project.run(args, { phase: 'migrating' })).toMatchObject({ code: 0 });
    over.abort();
    await writers;

    expect(await opened()).toEqual(twin);
    const { rows: left } = await sql.query(
      `SELECT count(pan)::int AS cells, count(pan_token)::int AS tokens, count(*)::int AS n
         FROM people WHERE tenant_id = 't1'`,
    );
    expect(left).toEqual([{ cells: 0, tokens: 0, n: ROWS / 2 }]);
    expect(await keyring.audit.verify()).toMatchObject({ findingCount: 0 });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
