import { createMemoryStore, FieldsealError } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const SEAL = { seal: [{ alias: ALIAS, scope: {} }] };
const LOOKUP = { index: [{ alias: ALIAS }] };

/** Two keyrings on one store that is hinted at by nobody; their timers stand still. */
async function twoProcesses(consistency: 'strict' | 'bounded') {
  const stored = createMemoryStore();
  const roots = [memoryRoot()];
  async function open() {
    const store = instrumentedStore({ ...stored, watch: () => () => {} });
    const keyring = await openForTest({
      store,
      roots,
      environment: 'test',
      clock: fixedClock(1_700_000_000_000),
      development: true,
      createMissingAliases: true,
      consistency,
    });
    return { store, keyring };
  }
  const a = await open();
  const { id } = await sealText(a.keyring, ALIAS, 'kept');
  (await lease(a.keyring, LOOKUP)).release();
  const KeyId = a.keyring.listKeys()[0]?.keyId as string;
  const b = await open();
  const uses = [SEAL, LOOKUP, { open: [id] }];
  for (const request of uses) (await lease(b.keyring, request)).release();
  const outcomes = () =>
    Promise.all(
      uses.map((request) =>
        lease(b.keyring, request).then(
          (held) => {
            held.release();
            return 'ok';
          },
          (error: { code: string }) => error.code,
        ),
      ),
    );
  return { a, b, KeyId, outcomes };
}

describe('a keyring that is strict', () => {
  it('refuses a key with the very next call after another process disabled it', async () => {
    const { a, KeyId, outcomes } = await twoProcesses('strict');
    for (let i = 0; i < 3; i++) {
      expect(await outcomes()).toEqual(['ok', 'ok', 'ok']);
      await a.keyring.kms.disableKey({ KeyId });
      expect(await outcomes()).toEqual(Array(3).fill('ERR_KEY_DISABLED'));
      await a.keyring.kms.enableKey({ KeyId });
    }
  });

  it('refuses it also in the operations of the key service', async () => {
    const { a, b, KeyId } = await twoProcesses('strict');
    const Plaintext = new Uint8Array(3);
    const { CiphertextBlob } = await b.keyring.kms.encrypt({ KeyId, Plaintext });
    await a.keyring.kms.disableKey({ KeyId });
    const disabled = { code: 'ERR_KEY_DISABLED' };
    await expect(b.keyring.kms.encrypt({ KeyId, Plaintext })).rejects.toMatchObject(disabled);
    await expect(b.keyring.kms.decrypt({ CiphertextBlob })).rejects.toMatchObject(disabled);
  });

  it('does not take a look that began before the change for one after it', async () => {
    const { a, b, KeyId, outcomes } = await twoProcesses('strict');
    // a look that has its answer, and is kept from giving it
    const { readHead } = b.store;
    let answer = (): void => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let hasRead = (): void => {};
    const read = new Promise<void>((resolve) => {
      hasRead = resolve;
    });
    b.store.readHead = async () => {
      const head = await readHead();
      hasRead();
      await held;
      return head;
    };
    const before = lease(b.keyring, SEAL);
    await read;
    await a.keyring.kms.disableKey({ KeyId });
    b.store.readHead = readHead;
    const after = outcomes();
    answer();
    (await before).release();
    expect(await after).toEqual(Array(3).fill('ERR_KEY_DISABLED'));
  });

  it('lets calls that come together share one look', async () => {
    const { b, outcomes } = await twoProcesses('strict');
    const { readHead } = b.store.calls;
    await Promise.all(Array.from({ length: 20 }, outcomes));
    expect(b.store.calls.readHead - readHead).toBe(2);
  });

  it('seals and opens nothing while the store is away, and says so', async () => {
    const { b, outcomes } = await twoProcesses('strict');
    b.store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
    expect(await outcomes()).toEqual(Array(3).fill('ERR_STORE_UNAVAILABLE'));
    expect(b.keyring.health()).toMatchObject({ live: true, status: 'failing', sealing: false });
    b.store.failure = undefined;
    expect(await outcomes()).toEqual(['ok', 'ok', 'ok']);
    expect(b.keyring.health().status).toBe('ok');
  });
});

it('a keyring that is not strict asks the store nothing for warm keys, and hears of it with the poll', async () => {
  const { a, b, KeyId, outcomes } = await twoProcesses('bounded');
  const before = { ...b.store.calls };
  await a.keyring.kms.disableKey({ KeyId });
  expect(await outcomes()).toEqual(['ok', 'ok', 'ok']);
  expect(b.store.calls).toEqual(before);
});
