import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

/** Kills after which the other half of the moved rows has its cells of before the move again. */
const AGAIN_EVERY = 3;

const ROWS = 4000;
const WRITERS = 4;

test(`rebind that is killed ${KILLS} times binds each row, and loses no write of ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, write, stored, opened } = await openPeopleApplication(project);
  const over = new AbortController();
  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    // even, so that the tenant stays what the writers take it for
    await sql.query('UPDATE people SET id = id + $1', [2 * ROWS]);
    await sql.query('CREATE TABLE kept AS SELECT * FROM people');
    const ids = (await stored()).map(({ id }) => Number(id));
    const twin = new Map(ids.map((id) => [id, panOf(id - 2 * ROWS)]));
    const file = join(dirname(project.rootFile), 'moves.jsonl');
    const lines = ids.map((id) => JSON.stringify({ from: { id: id - 2 * ROWS }, to: { id } }));
    await writeFile(file, lines.join('\n'));

    // of the first half of the rows
    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 2 * ROWS + 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await write(id, pan);
      twin.set(id, pan);
    });

    const args = ['rebind', 'Person.pan', '--moves', file, '--yes'];
    let kills = 0;
    while (kills < KILLS) {
      const code = await killAtWork(project, args, [0, 700]);
      if (code === null) kills += 1;
      if (code === 0 || kills % AGAIN_EVERY === 0)
        await sql.query(
          `UPDATE people AS p SET pan = k.pan, pan_token = k.pan_token FROM kept AS k
            WHERE k.id = p.id AND p.id > $1`,
          [2 * ROWS + ROWS / 2],
        );
    }
    expect(await project.run(args, { phase: 'migrating' })).toMatchObject({ code: 0 });
    over.abort();
    await writers;
    expect(await opened()).toEqual(twin);
    expect(await project.run(['verify', 'Person.pan'], { phase: 'migrating' })).toMatchObject({
      code: 0,
    });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
