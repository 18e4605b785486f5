import type { ControlRow, KeyStore } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { createControlSession } from '../../packages/core/src/keyring/control-session.ts';
import type { StoreSecrets } from '../../packages/core/src/keys/store-secrets.ts';
import { verifyControl } from '../../packages/core/src/keys/verify-control.ts';
import { keyService } from './kms/key-service.ts';
import { closeKeyringsAfterEach } from './open-keyrings.ts';

closeKeyringsAfterEach();

/** A session over a store with one key, and what it was told to learn. */
async function session({
  around = (store) => store,
  learn = async () => {},
}: {
  readonly around?: (store: KeyStore) => KeyStore;
  readonly learn?: (epoch: bigint) => Promise<void>;
} = {}) {
  const { store, key, insider, another } = await keyService();
  await key();
  const { secrets, altered, rows, put } = await insider();
  const state = await store.readControl();
  if (state === null) throw new RangeError('The store is empty');
  const learnt: bigint[] = [];
  const control = createControlSession({
    store: around(store),
    secrets,
    anchor: undefined,
    initial: verifyControl(state, secrets),
    async learn({ epoch }) {
      await learn(epoch);
      return () => void learnt.push(epoch);
    },
    trail: { forChange: async () => [], changed() {} },
    reach: { ask: () => () => {} },
    now: () => 0n,
  });
  return { control, store, secrets, learnt, altered, rows, put, another, epoch: state.head.epoch };
}

const AUDIT = [{ principal: 'user/asha', action: 'Test', readOnly: false }];

describe('a change after which the store could not be read', () => {
  it('is refused before it is written', async () => {
    const { control, store, altered, rows, another, epoch } = await session();
    const [version] = await rows('key_version');
    const broken = altered(version as ControlRow, { state: 'DESTROYED' });
    const change = control.change(() => ({ put: [broken], audit: AUDIT }));
    await expect(change).rejects.toMatchObject({ code: 'ERR_STORE_INTEGRITY' });
    expect(await store.readEpoch()).toBe(epoch);
    expect((await another()).listKeys()).toHaveLength(1);
  });
});

/** Somebody who lets others wait until told. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

function tombstone(secrets: StoreSecrets, first: number): ControlRow {
  const id = new Uint8Array(16).fill(first);
  return secrets.sealRow('tombstone', { id, kind: 'key', reason: null, created_at: 0n });
}

describe('an answer that arrives after a newer state is known', () => {
  it('is no evidence of a rollback, and is not learnt', async () => {
    const held = gate();
    const reading = gate();
    let isSlow = false;
    const around = (store: KeyStore): KeyStore => ({
      ...store,
      async readControl() {
        const state = await store.readControl();
        if (!isSlow) return state;
        isSlow = false;
        reading.open();
        await held.opened;
        return state;
      },
    });
    const { control, secrets, learnt, put, epoch } = await session({ around });
    await put(tombstone(secrets, 1));
    isSlow = true;
    const late = control.poll();
    await reading.opened;
    // meanwhile something else is destroyed, which the answer on its way does not know of
    await control.change(() => ({ put: [tombstone(secrets, 2)], audit: AUDIT }));
    held.open();
    await late;
    expect(control.snapshot()).toMatchObject({ epoch: epoch + 2n, tombstones: { size: 2 } });
    expect(learnt).toEqual([epoch + 1n, epoch + 2n]);
  });

  it('is not learnt last when learning it takes longer', async () => {
    const held = gate();
    const learning = gate();
    let isSlow = true;
    const learn = async (): Promise<void> => {
      if (!isSlow) return;
      isSlow = false;
      learning.open();
      await held.opened;
    };
    const { control, secrets, learnt, put, epoch } = await session({ learn });
    await put(tombstone(secrets, 1));
    const older = control.poll();
    await learning.opened;
    await put(tombstone(secrets, 2));
    const newer = control.change(() => null);
    // long enough for the newer one to be learnt, if nothing makes it wait
    await new Promise((resolve) => setTimeout(resolve, 20));
    held.open();
    await Promise.all([older, newer]);
    expect(learnt).toEqual([epoch + 1n, epoch + 2n]);
    expect(control.snapshot().epoch).toBe(epoch + 2n);
  });
});
