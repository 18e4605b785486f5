import type { ControlChange, Keyring, KeyStore } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { rotationLocks } from '../../packages/store-postgres/src/connection/advisory-lock.ts';
import { activeDataKey } from '../keyring/open-keyrings.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const GUARDS = ['lock', 'unique version', 'compare and swap'] as const;
type Guard = (typeof GUARDS)[number];

/**
 * Two who write: neither goes on before both have computed what they write, unless one of them waits
 * for the other's lock. Then they write one after the other, as the row lock of the head would have it.
 */
function meeting(): <T>(write: () => Promise<T>) => Promise<T> {
  let arrived = 0;
  let open = (): void => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  let last: Promise<unknown> = Promise.resolve();
  return async (write) => {
    arrived += 1;
    if (arrived === 2) open();
    await Promise.race([both, new Promise((resolve) => setTimeout(resolve, 1500))]);
    const turn = last.then(write);
    last = turn.catch(() => {});
    return turn;
  };
}

/**
 * A store of which only some guards of a rotation are left. Entries of the audit trail are always taken
 * away: their sequence numbers would be one more guard.
 */
function guardedBy(
  store: KeyStore,
  guards: readonly Guard[],
  meet: ReturnType<typeof meeting>,
): KeyStore {
  async function withoutGuards(change: ControlChange): Promise<ControlChange> {
    const { put, add = [] } = change;
    const rows = guards.includes('unique version') ? { put, add } : { put: [...add, ...put] };
    const bare = { ...change, add: [], ...rows, audit: [] };
    if (guards.includes('compare and swap')) return bare;
    return { ...bare, expectedEpoch: await store.readEpoch() };
  }
  return {
    ...store,
    async writeControl(change) {
      if (!change.put.some(({ table }) => table === 'key_version')) {
        return store.writeControl(change);
      }
      return meet(async () => store.writeControl(await withoutGuards(change)));
    },
    withRotationLock: (keyIds, work) =>
      guards.includes('lock') ? store.withRotationLock(keyIds, work) : work(),
  };
}

describe('two processes that rotate a key at once', { timeout: 60_000 }, () => {
  const keys = sharedKeys(ALIAS);

  /** What both were told, and the versions that are there afterwards. */
  async function rotateTogether(guards: readonly Guard[]) {
    await activeDataKey(await keys.openHere(), ALIAS);
    const meet = meeting();
    const open = () => keys.openHere({ store: guardedBy(postgresStore(keys.url), guards, meet) });
    const both: readonly Keyring[] = [await open(), await open()];
    const told = await Promise.allSettled(both.map((keyring) => keyring.rotateKey(ALIAS)));
    const rows = await sql(
      keys.url,
      'SELECT version::text, state FROM fieldseal.key_version ORDER BY version',
    );
    return { told, rows };
  }

  const ROTATED_TWICE = [
    { version: '1', state: 'DECRYPT_ONLY' },
    { version: '2', state: 'DECRYPT_ONLY' },
    { version: '3', state: 'PRIMARY' },
  ];

  it.each([...GUARDS.map((guard) => [guard]), [...GUARDS]])(
    'make two versions, one after the other, with the guards: %s',
    async (...guards) => {
      const { told, rows } = await rotateTogether(guards);
      expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      expect(rows).toEqual(ROTATED_TWICE);
      const later = await keys.openHere();
      expect((await later.rotateKey(ALIAS)).version).toBe(4);
    },
  );

  it('never give one number twice, in three processes of their own', async () => {
    await activeDataKey(await keys.openHere(), ALIAS);
    const processes = await Promise.all([keys.start(), keys.start(), keys.start()]);
    await Promise.all(processes.map((each) => each.act('open')));
    const told = await Promise.all(processes.map((each) => each.act('rotateFive')));
    const numbers = (told as number[][]).flat().toSorted((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 15 }, (_, i) => i + 2));
  });

  it('wait for whoever has the lock, and give up in time with nothing changed', async () => {
    const keyring = await keys.openHere({
      store: postgresStore({ connectionString: keys.url, lockTimeoutMs: 300 }),
    });
    await activeDataKey(keyring, ALIAS);
    const [key] = keyring.listKeys();
    const holder = new Client({ connectionString: keys.url });
    await holder.connect();
    const [lock] = rotationLocks('fieldseal', [key!.keyId]);
    await holder.query('SELECT pg_advisory_lock($1::bigint)', [lock]);
    const epoch = await sql(keys.url, 'SELECT epoch::text FROM fieldseal.head');
    await expect(keyring.rotateKey(ALIAS)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      meta: { reason: '55P03' },
      retryable: true,
    });
    expect(await sql(keys.url, 'SELECT epoch::text FROM fieldseal.head')).toEqual(epoch);
    // what is no rotation waits for nobody
    await keyring.kms.disableKey({ KeyId: key!.keyId });
    await keyring.kms.enableKey({ KeyId: key!.keyId });
    await holder.end();
    await expect
      .poll(() => keyring.rotateKey(ALIAS).catch(() => null))
      .toMatchObject({ version: 2 });
  });

  it('lose one of the two with no guard at all, which is what the guards are for', async () => {
    const { rows } = await rotateTogether([]);
    expect(rows).toEqual([
      { version: '1', state: 'DECRYPT_ONLY' },
      { version: '2', state: 'PRIMARY' },
    ]);
  });
});
