import { createDevelopmentRoot, FieldsealError } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { createNobleEngine } from '../../packages/core/src/cipher/noble-engine.ts';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';
import { instrumentedStore } from './instrumented-store.ts';
import {
  activeDataKey,
  closeKeyringsAfterEach,
  FIELD,
  lease,
  openForTest,
  sealText,
} from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const SEAL = { seal: [{ alias: ALIAS, scope: {} }] };
const code = (name: string) => expect.objectContaining({ code: name });

function setUp() {
  const store = instrumentedStore();
  const clock = fixedClock(1000);
  const options = {
    store,
    clock,
    roots: [memoryRoot()],
    environment: 'test',
    development: true,
    createMissingAliases: true,
  };
  return { store, clock, options };
}

/** Ids of data keys that do not exist. */
function unknownIds(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i).padStart(16, '0'));
}

describe('cells that name data keys which do not exist', () => {
  it('cost one question of at most 1,000 ids, however many there are', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    const ids = unknownIds(5000);
    const held = await lease(keyring, { open: ids });
    expect(store.batches).toEqual([1000]);
    expect(ids.some((id) => held.opening(id) !== undefined)).toBe(false);
    held.release();
    expect(keyring.counters().cache).toMatchObject({ misses: 1000, opened: 0, loads: 1 });
  });

  it('are not asked for again within two seconds', async () => {
    const { store, clock, options } = setUp();
    const keyring = await openForTest(options);
    const open = unknownIds(3);
    for (let i = 0; i < 5; i++) (await lease(keyring, { open })).release();
    expect(store.batches).toEqual([3]);
    expect(keyring.counters().cache.negativeHits).toBe(12);
    clock.advance(2001);
    (await lease(keyring, { open })).release();
    expect(store.batches).toEqual([3, 3]);
  });
});

describe('a key that many calls need at once', () => {
  it('is loaded once and made once', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    const scope = { tenant: 't1' };
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => activeDataKey(keyring, ALIAS, scope)),
    );
    expect(new Set(ids).size).toBe(1);
    expect(store.calls.insertKeys).toBe(1);
  });

  it('is warm afterwards: no call asks the store, and the counters say so', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    const { id } = await sealText(keyring, ALIAS, 'x');
    const before = { ...store.calls };
    const { hits } = keyring.counters().cache;
    for (let i = 0; i < 10; i++) (await lease(keyring, { ...SEAL, open: [id] })).release();
    expect(store.calls).toEqual(before);
    expect(keyring.counters().cache.hits - hits).toBe(20);
  });
});

describe('a store that is away', () => {
  it('is ERR_STORE_UNAVAILABLE for what is not in memory, never a rejected cell, and not remembered', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    const { id, cell } = await sealText(keyring, ALIAS, 'kept');
    store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'gone');
    await expect(lease(keyring, { open: unknownIds(1) })).rejects.toThrow(
      code('ERR_STORE_UNAVAILABLE'),
    );
    const scope = { tenant: 'new' };
    await expect(lease(keyring, { seal: [{ alias: ALIAS, scope }] })).rejects.toThrow(
      code('ERR_STORE_UNAVAILABLE'),
    );
    const held = await lease(keyring, { open: [id] });
    expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe('kept');
    held.release();
    store.failure = undefined;
    await activeDataKey(keyring, ALIAS, scope);
  });

  it('with an error that is none of ours is ERR_INTERNAL without its words', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    store.failure = new RangeError('password=s3cret');
    const refused = lease(keyring, { open: unknownIds(1) });
    await expect(refused).rejects.toThrow(code('ERR_INTERNAL'));
    await expect(refused).rejects.not.toThrow(/s3cret/);
  });
});

describe('a keyring that is closed', () => {
  it('lends nothing, manages nothing and closes its store once', async () => {
    const { store, options } = setUp();
    const keyring = await openForTest(options);
    await sealText(keyring, ALIAS, 'x');
    await Promise.all([keyring.close(), keyring.close()]);
    expect(store.closed).toBe(1);
    const closed = code('ERR_KEYRING_CLOSED');
    await expect(lease(keyring, SEAL)).rejects.toThrow(closed);
    await expect(keyring.createKey()).rejects.toThrow(closed);
    await expect(keyring.createAlias('alias/x', 'k')).rejects.toThrow(closed);
    await expect(keyring.rotateKey(ALIAS)).rejects.toThrow(closed);
    await expect(doorOf(keyring).register([])).rejects.toThrow(closed);
    expect(() => keyring.listKeys()).toThrow(closed);
  });

  it('leaves a key that is lent usable until it is given back', async () => {
    const { options } = setUp();
    const keyring = await openForTest(options);
    const held = await lease(keyring, SEAL);
    const cipher = held.sealing(ALIAS, {}).cipher(FIELD, 1);
    await keyring.close();
    expect(cipher.openText(cipher.sealText('still lent'))).toBe('still lent');
    held.release();
    expect(() => cipher.sealText('x')).toThrow(code('ERR_INTERNAL'));
  });
});

describe('onRestore', () => {
  it('renews the half of nonces that suite 1 keeps', async () => {
    const { options } = setUp();
    const keyring = await openForTest(options);
    const held = await lease(keyring, SEAL);
    const cipher = held.sealing(ALIAS, {}).cipher(FIELD, 1);
    const half = () => Buffer.from(cipher.sealBytes('x')).toString('hex', 19, 31);
    const before = half();
    expect(half()).toBe(before);
    keyring.onRestore();
    expect(half()).not.toBe(before);
    held.release();
  });
});

describe('the engine', () => {
  it('is reported, and without constant-time AES suite 2 seals unless suite 1 is asked for', async () => {
    const { options } = setUp();
    const engine = createNobleEngine();
    expect((await openForTest(options)).counters()).toMatchObject({ defaultSuite: 1 });
    const portable = { ...options, engine };
    expect((await openForTest(portable)).counters()).toMatchObject({
      engine: '@noble/ciphers',
      defaultSuite: 2,
    });
    expect((await openForTest({ ...portable, suite: 1 })).counters().defaultSuite).toBe(1);
  });
});

describe('a development root without a key', () => {
  it('is ERR_ROOT_UNAVAILABLE when it has to seal', async () => {
    const { options, store } = setUp();
    const root = createDevelopmentRoot({ kind: 'empty', key: async () => null });
    await expect(openForTest({ ...options, roots: [root] })).rejects.toThrow(
      code('ERR_ROOT_UNAVAILABLE'),
    );
    expect(await store.readEpoch()).toBeNull();
  });
});
