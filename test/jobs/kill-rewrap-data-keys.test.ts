import { encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProject } from '../cli/run-cli.ts';
import { FIELD, lease, sealText } from '../keyring/open-keyrings.ts';
import { KILLS, killAtWork, panOf } from './kill-at-work.ts';
import { ALIAS, openPeopleApplication } from './people-application.ts';
import { writeBeside } from './write-beside.ts';

const ROWS = 400;
const WRITERS = 4;
/** Data keys besides those of the two tenants of the table. */
const DATA_KEYS = 2000;
/** Kills after which the key rotates again, so that there is always something to do. */
const AGAIN_EVERY = 6;

test(`rewrap that is killed ${KILLS} times loses no key, and no write of ${WRITERS} writers`, {
  timeout: 1_800_000,
}, async () => {
  const project = await createProject(ROWS, ALIAS);
  const { sql } = project;
  const { keyring, job, overwrite } = await openPeopleApplication(project);
  const cells: { readonly id: string; readonly cell: string; readonly value: string }[] = [];
  const over = new AbortController();
  try {
    expect(await encryptExisting(job)).toMatchObject({ state: 'done' });
    const twin = new Map<number, unknown>(
      Array.from({ length: ROWS }, (_, i) => [i + 1, panOf(i + 1)]),
    );
    for (let from = 0; from < DATA_KEYS; from += 500) {
      const tenants = Array.from({ length: 500 }, (_, i) => `other${from + i}`);
      const seal = tenants.map((tenant) => ({ alias: ALIAS, scope: { tenant } }));
      (await lease(keyring, { seal })).release();
    }
    await keyring.rotateKey(ALIAS);

    // each has rows of its own, and from time to time a tenant that is new
    const writing = { writers: WRITERS, over: over.signal };
    const writers = writeBeside(writing, async (writer, n) => {
      const id = 1 + writer + WRITERS * ((n * 7919) % (ROWS / WRITERS));
      const pan = `5${writer}${String(n).padStart(10, '0')}`;
      await overwrite(twin, id, pan);
      if (n % 50 !== 0) return;
      const value = `new ${writer} ${n}`;
      cells.push({ ...(await sealText(keyring, ALIAS, value, { tenant: value })), value });
    });

    const args = ['rewrap', ALIAS, '--batch-size', '5'];
    for (let kills = 0; kills < KILLS; ) {
      const code = await killAtWork(project, args, [0, 700]);
      if (code === null) kills += 1;
      else expect(code).toBe(0);
      if (code === 0 || kills % AGAIN_EVERY === 0) await keyring.rotateKey(ALIAS);
    }
    const last = await project.run(['rewrap', ALIAS, '--json'], { phase: 'migrating' });
    expect(JSON.parse(last.out)).toMatchObject({ state: 'done', left: 0 });
    over.abort();
    await writers;

    const { rows } = await sql.query(
      'SELECT DISTINCT key_version AS version FROM fieldseal.data_key',
    );
    const [key] = keyring.listKeys().filter(({ aliases }) => aliases.includes(ALIAS));
    expect(rows).toEqual([{ version: key?.versions.at(-1)?.version }]);
    expect(cells.length).toBeGreaterThanOrEqual(WRITERS);
    // another process, which has nothing cached
    const other = await openPeopleApplication(project);
    try {
      expect(await other.opened()).toEqual(twin);
      const held = await lease(other.keyring, { open: [...new Set(cells.map(({ id }) => id))] });
      for (const { id, cell, value } of cells)
        expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe(value);
      held.release();
    } finally {
      await other.keyring.close();
    }
  } finally {
    over.abort();
    await keyring.close();
    await project.close();
  }
});
