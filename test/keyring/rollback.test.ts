import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ControlState,
  createMemoryStore,
  type EpochAnchor,
  initKeyStore,
  type Root,
} from '@fieldseal/core';
import { fileAnchor } from '@fieldseal/core/node';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { insiderOf } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import {
  activeDataKey,
  closeKeyringsAfterEach,
  lease,
  openForTest,
  sealText,
} from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const rolledBack = expect.objectContaining({ code: 'ERR_STORE_ROLLED_BACK' });

/** What a host remembers, without a file. */
function memoryAnchor(): EpochAnchor & { entry: Awaited<ReturnType<EpochAnchor['read']>> } {
  const anchor: ReturnType<typeof memoryAnchor> = {
    entry: null,
    read: async () => anchor.entry,
    async write(entry) {
      anchor.entry = entry;
    },
  };
  return anchor;
}

function development() {
  const store = instrumentedStore();
  const clock = fixedClock(1000);
  const options = {
    store,
    clock,
    roots: [memoryRoot()],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    pollIntervalMs: 1000,
  };
  return { store, clock, options };
}

describe('a store that is older than it was', () => {
  it('is refused by a keyring of the same process, also without an anchor', async () => {
    const { store, options } = development();
    const keyring = await openForTest(options);
    const old = (await store.readControl()) as ControlState;
    await keyring.createKey();
    store.pretend = () => old;
    await expect(openForTest(options)).rejects.toThrow(rolledBack);
  });

  it('is refused by another process on the host by its anchor', async () => {
    const { store, options } = development();
    const anchor = memoryAnchor();
    const keyring = await openForTest({ ...options, anchor });
    expect(anchor.entry).toEqual({ pin: keyring.pin, epoch: 1n });
    await keyring.createKey();
    expect(anchor.entry).toEqual({ pin: keyring.pin, epoch: 2n });
    // another process knows nothing but the anchor
    const elsewhere = { read: async () => ({ pin: keyring.pin, epoch: 3n }), write: anchor.write };
    await expect(openForTest({ ...options, anchor: elsewhere })).rejects.toMatchObject({
      code: 'ERR_STORE_ROLLED_BACK',
      meta: { epoch: 2n },
    });
    expect(store.calls.insertKeys).toBe(0);
  });

  it('stops a keyring that runs with its next look at the store, and not before', async () => {
    const { store, clock, options } = development();
    const keyring = await openForTest(options);
    await activeDataKey(keyring, ALIAS);
    const old = (await store.readControl()) as ControlState;
    await keyring.rotateKey(ALIAS);
    await activeDataKey(keyring, ALIAS);
    store.pretend = () => old;
    await activeDataKey(keyring, ALIAS);
    // a new data key is followed by a look at the store
    const fresh = activeDataKey(keyring, ALIAS, { tenant: 'new' });
    await expect(fresh).rejects.toThrow(rolledBack);
    clock.advance(1000);
    await vi.waitFor(() => expect(lease(keyring, {})).rejects.toThrow(rolledBack));
    await expect(keyring.createKey()).rejects.toThrow(rolledBack);
    // restored again to what it was: the keyring goes on
    store.pretend = undefined;
    clock.advance(1000);
    await vi.waitFor(() => activeDataKey(keyring, ALIAS));
  });

  it('is found by a tombstone that is missing, also when its epoch is higher than ever', async () => {
    const { store, clock, options } = development();
    const keyring = await openForTest(options);
    const { id } = await sealText(keyring, ALIAS, 'x', { tenant: 'acme' });
    const old = (await store.readControl()) as ControlState;
    await keyring.kms.shred({ Tenant: 'acme' });
    const { secrets } = await insiderOf(store, options.roots[0] as Root);
    // another process, which knows nothing of it, went on from the old state
    store.pretend = () => ({ rows: old.rows, head: secrets.sealHead(1000n, old.rows) });
    clock.advance(1000);
    const use = () => lease(keyring, { open: [id] });
    await vi.waitFor(() => expect(use()).rejects.toThrow(rolledBack));
    await expect(keyring.createKey()).rejects.toThrow(rolledBack);
    store.pretend = undefined;
  });

  it('that is gone altogether is as old as can be', async () => {
    const { store, clock, options } = development();
    const anchor = memoryAnchor();
    const keyring = await openForTest({ ...options, anchor });
    store.pretend = () => null;
    clock.advance(1000);
    await vi.waitFor(() => expect(lease(keyring, {})).rejects.toThrow(rolledBack));
    const { writeControl } = store.calls;
    await expect(openForTest({ ...options, anchor })).rejects.toThrow(rolledBack);
    expect(store.calls.writeControl).toBe(writeControl);
  });

  it('is found within one look where it is another history of exactly the same epoch', async () => {
    const { store, clock, options } = development();
    const keyring = await openForTest(options);
    const before = (await store.readControl()) as ControlState;
    const { id } = await sealText(keyring, ALIAS, 'x', { tenant: 'acme' });
    const mine = (await store.readControl()) as ControlState;
    // what the store keys would have sealed, had somebody else been first
    const { secrets } = await insiderOf(store, options.roots[0] as Root);
    const head = secrets.sealHead(mine.head.epoch, before.rows);
    store.pretend = () => ({ rows: before.rows, head });
    clock.advance(1000);
    const use = () => lease(keyring, { open: [id] });
    await vi.waitFor(() => expect(use()).rejects.toThrow(rolledBack));
    await expect(keyring.createKey()).rejects.toThrow(rolledBack);
    // and one that is no state of this store at all, with a head that says so alone
    store.pretend = (state) => ({ ...state, head: { ...state.head, digest: new Uint8Array(32) } });
    clock.advance(1000);
    const integrity = { code: 'ERR_STORE_INTEGRITY' };
    await vi.waitFor(() => expect(use()).rejects.toMatchObject(integrity));
    store.pretend = undefined;
    clock.advance(1000);
    await vi.waitFor(async () => (await use()).release());
  });

  it('with another history of the same length is ERR_STORE_INTEGRITY', async () => {
    const { store, clock, options } = development();
    const keyring = await openForTest(options);
    const fork = createMemoryStore();
    const state = (await store.readControl()) as ControlState;
    await fork.writeControl({ expectedEpoch: null, put: state.rows, remove: [], head: state.head });
    await keyring.createKey();
    const other = await openForTest({ ...options, store: fork, clock: fixedClock(0) }).catch(
      () => null,
    );
    // this process has seen the later epoch, so it does not open the copy; its own copy does
    expect(other).toBeNull();
    expect(clock.now()).toBe(1000);
  });

  it('is no concern of changes that others make while a keyring opens', async () => {
    const { store, options } = development();
    const anchor = memoryAnchor();
    const first = await openForTest({ ...options, anchor });
    // the answer to the second keyring is on its way when the first one changes the store
    const stale = (await store.readControl()) as ControlState;
    const slow = instrumentedStore(store);
    let changed: Promise<unknown> | undefined;
    slow.pretend = () => {
      changed = first.createKey();
      return stale;
    };
    slow.readHead = () => store.readHead();
    slow.readEpoch = () => store.readEpoch();
    const realRead = slow.readControl;
    slow.readControl = async () => {
      const state = await realRead();
      await changed;
      return state;
    };
    const second = await openForTest({ ...options, anchor, store: slow });
    expect(second.listKeys()).toEqual([]);
    expect(anchor.entry?.epoch).toBe(2n);
  });
});

describe('an anchor', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldseal-anchor-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('of another store is ERR_WRONG_ROOT', async () => {
    const anchor = fileAnchor({ path: join(folder, 'anchor') });
    await openForTest({ ...development().options, anchor });
    await expect(openForTest({ ...development().options, anchor })).rejects.toThrow(rolledBack);
    const { options } = development();
    await openForTest(options);
    await expect(openForTest({ ...options, anchor })).rejects.toMatchObject({
      code: 'ERR_WRONG_ROOT',
    });
  });

  it('that remembers a store keeps another one from being initialised', async () => {
    const anchor = fileAnchor({ path: join(folder, 'anchor') });
    const { options } = development();
    await openForTest({ ...options, anchor });
    const store = createMemoryStore();
    const { roots, environment } = options;
    await expect(
      initKeyStore({ store, roots, environment, development: true, anchor }),
    ).rejects.toThrow(rolledBack);
    expect(await store.readEpoch()).toBeNull();
  });
});
