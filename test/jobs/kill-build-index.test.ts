import { createFieldCodec } from '@fieldseal/core';
import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { peopleManifest } from '../cli/manifest.ts';
import { createProject } from '../cli/run-cli.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

/** Kills after which the index is dropped and tokens are missing again, so that there is something to do. */
const AGAIN_EVERY = 5;

const ROWS = 4000;
const WRITERS = 4;
const INDEX = 'people.pan.equality';
const MISSING = `UPDATE people SET pan_token = NULL WHERE id % 7 = $1 AND id <= coalesce(
  (SELECT (cursor ->> 0)::int FROM fieldseal_jobs.job
    WHERE kind = 'build-index' AND state = 'running'), ${ROWS})`;

test(`an index whose build is killed ${KILLS} times has every token, beside ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, overwrite, stored, opened } = await openPeopleApplication(project);
  const over = new AbortController();
  try {
    // sealed by the version before the index
    const before = peopleManifest('migrating', ALIAS, false);
    expect(await encryptExisting({ ...job, manifest: before })).toMatchObject({ state: 'done' });
    await keyring.setPhase('people.pan', 'sealed');
    const twin = new Map((await stored()).map(({ id }) => [Number(id), panOf(Number(id))]));
    await createFieldCodec({ keyring, manifest: job.manifest }).register();
    expect(keyring.indexStateOf(INDEX)).toBe('building');

    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS / 2));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
    });

    const args = ['index', 'build', 'Person.pan', '--load', '1', '--batch-size', '20'];
    let kills = 0;
    for (; kills < KILLS; kills++) {
      const code = await killAtWork(project, args, [0, 900]);
      if (code === 0) break;
      if (kills % AGAIN_EVERY === AGAIN_EVERY - 1) {
        await keyring.setIndexState(INDEX, 'building');
        // behind the cursor: a build that only goes on from there would never see them
        await sql.query(MISSING, [kills % 7]);
      }
    }
    expect(kills).toBe(KILLS);
    expect(await project.run(args, { phase: 'migrating' })).toMatchObject({ code: 0 });
    over.abort();
    await writers;

    expect(await opened()).toEqual(twin);
    const { rows } = await sql.query('SELECT count(DISTINCT pan_token)::int AS n FROM people');
    expect(rows).toEqual([{ n: ROWS }]);
    const list = await project.run(['index', 'list', '--json'], { phase: 'migrating' });
    expect(JSON.parse(list.out)).toMatchObject({ id: INDEX, state: 'ready' });
    expect(await project.run(['verify', 'Person.pan'], { phase: 'migrating' })).toMatchObject({
      code: 0,
    });
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
