import { createFieldCodec, type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { countCells, encryptExisting, reEncrypt, rewrapDataKeys } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';
import { fixedClock } from '@fieldseal/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { createPeople, type People } from './people-table.ts';

const ALIAS = 'alias/kyc';
const LEASE_MS = 200_000;
const DAY_MS = 86_400_000;

const folder = temporaryFolder('retire');
const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  folder.remove();
});

/** A table with cells under the first of two versions; both the table and the keys are in PostgreSQL. */
async function rotated() {
  const people: People = await createPeople({ phase: 'migrating', rows: 12 });
  open.push(people);
  const { url, manifest } = people;
  const clock = fixedClock(new Date());
  const process = async () => {
    const keyring = await openKeyring({
      store: postgresStore(url),
      roots: [devFileRoot({ path: `${folder.path}/root` })],
      environment: 'test',
      development: true,
      createMissingAliases: true,
      countCells: countCells({ database: url, manifest }),
      clock,
    });
    open.push(keyring);
    return keyring;
  };
  const keyring = await process();
  const job = { ...people.job, keyring };
  await encryptExisting(job);
  const { keyId } = await keyring.rotateKey(ALIAS);
  const retire = () =>
    keyring.kms.retireKeyVersion({ KeyId: keyId, Version: 1, PendingWindowInDays: 7 });
  const opened = () => openedBy(keyring, people);
  return { ...people, keyring, another: process, clock, job, keyId, retire, opened };
}

/** What the column holds, opened by one process. */
async function openedBy(
  keyring: Keyring,
  { sql, manifest }: Pick<People, 'sql' | 'manifest'>,
): Promise<readonly unknown[]> {
  const codec = createFieldCodec({ keyring, manifest });
  const { rows } = await sql.query('SELECT id, tenant_id AS "tenantId", pan FROM people');
  await codec.open('test', [{ model: 'Person', rows }]);
  return rows.map(({ pan }) => pan);
}

const isPan = (value: unknown): boolean => /^4111 1111 \d{8}$/.test(String(value));

describe('a version of a key whose cells are in PostgreSQL', { timeout: 120_000 }, () => {
  test('is retired once cells are re-encrypted and keys rewrapped, and every row opens', async () => {
    const made = await rotated();
    const { sql, url, keyring, another, clock, job, keyId, retire } = made;
    await expect(retire()).rejects.toMatchObject({
      code: 'ERR_KEY_IN_USE',
      meta: { keyId, keyVersion: 1, reason: 'INDEX_KEYS' },
    });
    await reEncrypt(job);
    await expect(retire()).rejects.toMatchObject({ meta: { reason: 'INDEX_KEYS' } });
    await rewrapDataKeys({ database: url, keyring, key: ALIAS, load: 1, settleMs: 16_000 });
    await retire();
    const other = await another();
    clock.step(LEASE_MS);
    expect(await other.runDue()).toMatchObject({ closed: [`${keyId}/1`], stillInUse: [] });
    clock.step(7 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ retired: [`${keyId}/1`], stillInUse: [] });
    const { rows } = await sql.query(
      `SELECT state, encode(wrapped, 'hex') AS wrapped, deletion_at IS NOT NULL AS dated
         FROM fieldseal.key_version WHERE key_id = $1 ORDER BY version`,
      [keyId],
    );
    expect(rows).toEqual([
      { state: 'DESTROYED', wrapped: '00'.repeat(94), dated: true },
      { state: 'PRIMARY', wrapped: expect.not.stringMatching(/^0+$/), dated: false },
    ]);
    expect((await openedBy(await another(), made)).filter(isPan)).toHaveLength(11);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  test('is kept when a cell turns up under it in the waiting period, until it is moved', async () => {
    const { sql, keyring, clock, job, keyId, retire, opened } = await rotated();
    const { rows } = await sql.query('SELECT id, pan FROM people WHERE pan IS NOT NULL LIMIT 1');
    await reEncrypt(job);
    // the index keys alone: data keys without cells keep no version
    const after = `index_key.1.${'0'.repeat(32)}`;
    expect(await keyring.rewrapDataKeys({ keyId, after })).toMatchObject({ rewrapped: 2 });
    await retire();
    clock.step(LEASE_MS);
    expect(await keyring.runDue()).toMatchObject({ closed: [`${keyId}/1`], stillInUse: [] });
    const [{ id, pan }] = rows;
    await sql.query('UPDATE people SET pan = $2 WHERE id = $1', [id, pan]);
    clock.step(30 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ retired: [], stillInUse: [`${keyId}/1`] });
    await expect(opened()).rejects.toMatchObject({ code: 'ERR_KEY_STATE' });
    await keyring.kms.cancelKeyVersionRetirement({ KeyId: keyId, Version: 1 });
    expect((await opened()).filter(isPan)).toHaveLength(11);
    await expect(retire()).rejects.toMatchObject({ meta: { reason: 'CELLS' } });
    await reEncrypt(job);
    await retire();
  });
});
