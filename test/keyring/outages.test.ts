import { FieldsealError, type KeyringOptions } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { insiderOf } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, FIELD, lease, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const SEAL = { seal: [{ alias: ALIAS, scope: {} }] };
const LOOKUP = { index: [{ alias: ALIAS }] };
const MINUTE = 60_000;
const AWAY = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');

/** A keyring with warm keys, a way to let time pass, and what its uses come to. */
async function warm(given: Partial<KeyringOptions> = {}) {
  const store = instrumentedStore();
  const clock = fixedClock(1_700_000_000_000);
  const root = memoryRoot();
  const options = {
    store,
    clock,
    roots: [root],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    ...given,
  };
  const keyring = await openForTest(options);
  const { id, cell } = await sealText(keyring, ALIAS, 'kept');
  (await lease(keyring, LOOKUP)).release();

  function outcome(request: Parameters<typeof lease>[1]): Promise<string> {
    return lease(keyring, request).then(
      (held) => {
        const key = held.opening(id);
        if (key !== undefined) expect(key.cipher(FIELD, 2).openText(cell)).toBe('kept');
        held.release();
        return 'ok';
      },
      (error: { code: string }) => error.code,
    );
  }

  async function uses() {
    const open = await outcome({ open: [id] });
    return { open, lookup: await outcome(LOOKUP), seal: await outcome(SEAL) };
  }

  /** Lets polls run as they come, each to its end. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5000) {
      clock.advance(Math.min(left, 5000));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { keyring, store, clock, root, uses, outcome, pass };
}

const ALL = { open: 'ok', lookup: 'ok', seal: 'ok' };
const NONE = {
  open: 'ERR_STORE_UNAVAILABLE',
  lookup: 'ERR_STORE_UNAVAILABLE',
  seal: 'ERR_STORE_UNAVAILABLE',
};

describe('a key store that is away', () => {
  it('lets plaintext be written for 3 minutes, as a field may have to be sealed by now', async () => {
    const { outcome, store, pass } = await warm();
    store.failure = AWAY;
    await pass(3 * MINUTE);
    expect(await outcome({ ...LOOKUP, writes: true })).toBe('ok');
    await pass(1);
    expect(await outcome({ writes: true })).toBe('ERR_STORE_UNAVAILABLE');
    expect(await outcome({ ...LOOKUP, writes: true })).toBe('ERR_STORE_UNAVAILABLE');
    expect(await outcome(LOOKUP)).toBe('ok');
  });

  it('lets cached keys seal for 3 minutes and open for 15, and not a moment longer', async () => {
    const { keyring, store, uses, pass } = await warm();
    store.failure = AWAY;
    await pass(3 * MINUTE);
    expect(await uses()).toEqual(ALL);
    expect(keyring.health()).toMatchObject({ live: true, status: 'degraded', sealing: true });
    await pass(1);
    expect(await uses()).toEqual({ ...ALL, seal: 'ERR_STORE_UNAVAILABLE' });
    expect(keyring.health()).toMatchObject({ status: 'failing', opening: true, sealing: false });
    await pass(12 * MINUTE - 1);
    expect(await uses()).toEqual({ ...ALL, seal: 'ERR_STORE_UNAVAILABLE' });
    await pass(1);
    expect(await uses()).toEqual(NONE);
    expect(keyring.health()).toMatchObject({ live: true, opening: false, sealing: false });
  });

  it('is asked again by the first call after it is back, and everything works at once', async () => {
    const { keyring, store, uses, pass } = await warm();
    store.failure = AWAY;
    await pass(20 * MINUTE);
    expect(await uses()).toEqual(NONE);
    store.failure = undefined;
    await pass(1000);
    expect(await uses()).toEqual(ALL);
    expect(keyring.health()).toMatchObject({ live: true, status: 'ok', storeSilentMs: 0 });
  });

  it('is asked at most once a second by the calls that it stops', async () => {
    const { store, uses, pass } = await warm();
    store.failure = AWAY;
    await pass(20 * MINUTE);
    const { readHead } = store.calls;
    for (let i = 0; i < 20; i++) expect(await uses()).toEqual(NONE);
    expect(store.calls.readHead - readHead).toBeLessThanOrEqual(1);
  });

  it('with windows of 0 stops everything 10 seconds after the last look', async () => {
    const { store, uses, pass } = await warm({ cache: { openStaleMs: 0, sealStaleMs: 0 } });
    store.failure = AWAY;
    await pass(10_000);
    expect(await uses()).toEqual(ALL);
    await pass(1);
    expect(await uses()).toEqual(NONE);
  });

  it('never lets a key be used that was last known as disabled', async () => {
    const { keyring, store, root, uses, pass } = await warm();
    const insider = await insiderOf(store, root);
    await insider.setKeyState(keyring.listKeys()[0]?.keyId as string, 'Disabled');
    await pass(5000);
    store.failure = AWAY;
    await pass(MINUTE);
    const disabled = 'ERR_KEY_DISABLED';
    expect(await uses()).toEqual({ open: disabled, lookup: disabled, seal: disabled });
  });

  it('leaves one entry in the trail for each window, and again in the next outage', async () => {
    const { keyring, store, uses, pass } = await warm();
    const counted = async () => {
      await keyring.audit.flush();
      const actions: Record<string, number> = {};
      const page = { chain: keyring.audit.chain, after: 0n, limit: 1000 };
      for (const { columns } of await store.readAudit(page)) {
        const action = String(columns.action);
        if (action.endsWith('WithoutStore')) actions[action] = (actions[action] ?? 0) + 1;
      }
      return actions;
    };
    for (const outages of [1, 2]) {
      store.failure = AWAY;
      await pass(MINUTE);
      for (let i = 0; i < 5; i++) expect(await uses()).toEqual(ALL);
      store.failure = undefined;
      await pass(MINUTE);
      expect(await uses()).toEqual(ALL);
      expect(await counted()).toEqual({ OpenWithoutStore: outages, SealWithoutStore: outages });
    }
  });

  it('stops the operations of the key service after the same times', async () => {
    const { keyring, store, pass } = await warm();
    const { kms } = keyring;
    const Plaintext = new Uint8Array([1, 2, 3]);
    const KeyId = keyring.listKeys()[0]?.keyId as string;
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext });
    store.failure = AWAY;
    await pass(4 * MINUTE);
    const gone = { code: 'ERR_STORE_UNAVAILABLE' };
    await expect(kms.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(gone);
    expect(await kms.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext });
    await pass(12 * MINUTE);
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toMatchObject(gone);
  });

  it('is noticed after the process slept: the wall clock ends the windows too', async () => {
    const { store, clock, uses } = await warm();
    store.failure = AWAY;
    clock.step(16 * MINUTE);
    expect(await uses()).toEqual(NONE);
    store.failure = undefined;
    clock.advance(1000);
    expect(await uses()).toEqual(ALL);
  });

  it('is not forgotten by a wall clock that is set back: the monotonic one ends the windows', async () => {
    const { store, clock, uses, pass } = await warm();
    store.failure = AWAY;
    clock.step(-24 * 60 * MINUTE);
    await pass(15 * MINUTE + 1);
    expect(await uses()).toEqual(NONE);
  });
});

describe('a keyring that is closed', () => {
  it('is not live', async () => {
    const { keyring } = await warm();
    await keyring.close();
    expect(keyring.health()).toMatchObject({ live: false, status: 'failing', opening: false });
  });
});
