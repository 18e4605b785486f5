import type { ControlRow, KeyRow } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it, vi } from 'vitest';
import { uuidToBytes } from '../../packages/core/src/bytes/uuid.ts';
import { insiderOf, readDataKeys } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const SEAL = { seal: [{ alias: ALIAS, scope: {} }] };
const INDEX = { index: [{ alias: ALIAS }] };

/** A keyring with a warm data key, and somebody who may change what is stored. */
async function warm() {
  const store = instrumentedStore();
  const clock = fixedClock(1000);
  const root = memoryRoot();
  const options = {
    store,
    clock,
    roots: [root],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    pollIntervalMs: 1000,
  };
  const keyring = await openForTest(options);
  const { id } = await sealText(keyring, ALIAS, 'x');
  (await lease(keyring, INDEX)).release();
  const insider = await insiderOf(store, root);
  const keyId = keyring.listKeys()[0]?.keyId as string;
  /** What each use of the key comes to, in the keyring that runs and in one that starts. */
  async function everyUse(): Promise<readonly string[]> {
    const fresh = await openForTest(options);
    const uses = [keyring, fresh].flatMap((each) =>
      [SEAL, INDEX, { open: [id] }].map((request) =>
        lease(each, request).then(
          (held) => {
            held.release();
            return 'lent';
          },
          (error: { code: string }) => error.code,
        ),
      ),
    );
    return [...new Set(await Promise.all(uses))];
  }
  /** Waits until the keyring that runs has looked at the store again. */
  async function poll(): Promise<void> {
    const before = store.calls.readHead;
    clock.advance(1000);
    await vi.waitFor(() => expect(store.calls.readHead).toBeGreaterThan(before));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { keyring, store, options, insider, keyId, id, everyUse, poll };
}

describe('a key that is not enabled', () => {
  it.each([
    ['Disabled', 'ERR_KEY_DISABLED'],
    ['PendingDeletion', 'ERR_KEY_STATE'],
    ['PendingImport', 'ERR_KEY_STATE'],
    ['Unavailable', 'ERR_KEY_UNAVAILABLE'],
  ])(
    'in state %s seals, opens and makes tokens no more: %s, also where it is cached',
    async (state, code) => {
      const { insider, keyId, everyUse, poll } = await warm();
      expect(await everyUse()).toEqual(['lent']);
      await insider.setKeyState(keyId, state);
      await poll();
      expect(await everyUse()).toEqual([code]);
      await insider.setKeyState(keyId, 'Enabled');
      await poll();
      expect(await everyUse()).toEqual(['lent']);
    },
  );

  it('is not rotated, and says its state', async () => {
    const { keyring, insider, keyId } = await warm();
    await insider.setKeyState(keyId, 'Disabled');
    await expect(keyring.rotateKey(ALIAS)).rejects.toMatchObject({
      code: 'ERR_KEY_DISABLED',
      meta: { keyId, reason: 'Disabled' },
    });
  });
});

describe('a key that was destroyed', () => {
  it('is ERR_KEY_DESTROYED for every use, never a rejected cell', async () => {
    const { insider, keyId, everyUse, poll } = await warm();
    await insider.setKeyState(keyId, 'Destroyed');
    await poll();
    expect(await everyUse()).toEqual(['ERR_KEY_DESTROYED']);
  });

  it('stays destroyed by its tombstone, whatever its row says', async () => {
    const { insider, keyId, everyUse, poll } = await warm();
    const id = uuidToBytes(keyId) as Uint8Array;
    const columns = { id, kind: 'key', reason: null, created_at: 0n };
    await insider.put(insider.secrets.sealRow('tombstone', columns) as ControlRow);
    await poll();
    expect(await everyUse()).toEqual(['ERR_KEY_DESTROYED']);
  });

  it('can be a single data key: its cells alone are gone', async () => {
    const { keyring, insider, id, poll } = await warm();
    const [row] = await insider.rows('key');
    expect(row?.columns.state).toBe('Enabled');
    const bytes = new Uint8Array(Buffer.from(id, 'latin1'));
    const columns = { id: bytes, kind: 'data_key', reason: 'erasure', created_at: 0n };
    await insider.put(insider.secrets.sealRow('tombstone', columns) as ControlRow);
    await poll();
    await expect(lease(keyring, { open: [id] })).rejects.toMatchObject({
      code: 'ERR_KEY_DESTROYED',
    });
  });
});

describe('what was revoked below a key', () => {
  it('a key version opens nothing more: ERR_KEY_VERSION_REVOKED; writes go on under the new one', async () => {
    const { keyring, options, insider, keyId, id, poll } = await warm();
    await keyring.rotateKey(ALIAS);
    const versions = await insider.rows('key_version');
    const first = versions.find(({ columns }) => columns.version === 1) as ControlRow;
    await insider.put(insider.altered(first, { state: 'REVOKED' }));
    await poll();
    await expect(lease(keyring, { open: [id] })).rejects.toMatchObject({
      code: 'ERR_KEY_VERSION_REVOKED',
      meta: { keyId, keyVersion: 1 },
    });
    for (const each of [await openForTest(options), keyring]) {
      const { id: next } = await sealText(each, ALIAS, 'y');
      expect(next).not.toBe(id);
      (await lease(each, { open: [next] })).release();
    }
  });

  it('a data key does not open: ERR_KEY_VERSION_REVOKED', async () => {
    const { store, options, insider, id } = await warm();
    const [row] = await readDataKeys(store, id);
    store.pretendKeys = () => [insider.altered(row as KeyRow, { state: 'REVOKED' })];
    const fresh = await openForTest(options);
    await expect(lease(fresh, { open: [id] })).rejects.toMatchObject({
      code: 'ERR_KEY_VERSION_REVOKED',
    });
  });
});
