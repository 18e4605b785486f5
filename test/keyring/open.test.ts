import {
  createMemoryStore,
  FieldsealError,
  initKeyStore,
  type KeyringOptions,
} from '@fieldseal/core';
import { fakeRoot, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, lease, openForTest } from './open-keyrings.ts';
import { productionRoot } from './production-root.ts';

closeKeyringsAfterEach();

const code = (name: string) => expect.objectContaining({ code: name });
const OTHER_PIN = `fsp1.${'A'.repeat(27)}`;

async function production() {
  const store = instrumentedStore();
  const root = productionRoot();
  const { pin } = await initKeyStore({
    store,
    roots: [root],
    environment: 'prod',
    acceptLoss: 'a test',
  });
  const options: KeyringOptions = { store, roots: [root], environment: 'prod', pin };
  return { store, root, pin, options };
}

describe('opening a production store', () => {
  it('takes initialising it once and the pin that this gave', async () => {
    const { options, pin } = await production();
    const keyring = await openForTest({ ...options, principal: 'user/asha' });
    expect(pin).toMatch(/^fsp1\.[A-Za-z0-9_-]{27}$/);
    expect([keyring.pin, keyring.environment]).toEqual([pin, 'prod']);
    expect(keyring.listKeys()).toEqual([]);
  });

  it('without a pin is ERR_PIN_REQUIRED before the store is asked', async () => {
    const { options, store } = await production();
    const before = { ...store.calls };
    await expect(openForTest({ ...options, pin: undefined as never })).rejects.toThrow(
      code('ERR_PIN_REQUIRED'),
    );
    expect(store.calls).toEqual(before);
  });

  it('that is empty is ERR_STORE_NOT_INITIALIZED, and stays empty', async () => {
    const store = createMemoryStore();
    const options = { store, roots: [productionRoot()], environment: 'prod', pin: OTHER_PIN };
    await expect(openForTest(options)).rejects.toThrow(code('ERR_STORE_NOT_INITIALIZED'));
    expect(await store.readEpoch()).toBeNull();
  });

  it('with another pin is ERR_WRONG_ROOT, and no key is read and nothing written', async () => {
    const { options, store } = await production();
    const { writeControl } = store.calls;
    await expect(openForTest({ ...options, pin: OTHER_PIN })).rejects.toThrow(
      code('ERR_WRONG_ROOT'),
    );
    expect(store.calls).toMatchObject({ writeControl, readKeys: 0, insertKeys: 0 });
  });

  it('put in the place of ours, with slots that our device opens, is ERR_WRONG_ROOT', async () => {
    const { options, root } = await production();
    const theirs = createMemoryStore();
    await initKeyStore({ store: theirs, roots: [root], environment: 'prod', acceptLoss: 'a test' });
    await expect(openForTest({ ...options, store: theirs })).rejects.toThrow(
      code('ERR_WRONG_ROOT'),
    );
  });

  it('a second time initialised is ERR_STORE_ALREADY_INITIALIZED before a device is used', async () => {
    const { store } = await production();
    const root = fakeRoot(productionRoot());
    await expect(
      initKeyStore({ store, roots: [root], environment: 'prod', acceptLoss: 'a test' }),
    ).rejects.toThrow(code('ERR_STORE_ALREADY_INITIALIZED'));
    expect(root.calls()).toEqual({ seal: 0, open: 0 });
  });

  it('of another environment is ERR_STORE_ENVIRONMENT, which names the store’s', async () => {
    const { options } = await production();
    await expect(openForTest({ ...options, environment: 'staging' })).rejects.toMatchObject({
      code: 'ERR_STORE_ENVIRONMENT',
      meta: { environment: 'prod' },
    });
  });

  it('with development: true is ERR_STORE_DEVELOPMENT, and so is the reverse', async () => {
    const { options } = await production();
    await expect(openForTest({ ...options, development: true })).rejects.toThrow(
      code('ERR_STORE_DEVELOPMENT'),
    );
    const store = createMemoryStore();
    const root = productionRoot();
    const development = { store, roots: [root], environment: 'dev' };
    const { pin } = await openForTest({ ...development, development: true });
    await expect(openForTest({ ...development, pin })).rejects.toThrow(
      code('ERR_STORE_DEVELOPMENT'),
    );
  });

  it('with a development root is ERR_CONFIG_INVALID', async () => {
    const { options } = await production();
    await expect(openForTest({ ...options, roots: [memoryRoot()] })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'roots' },
    });
  });

  it('that does not answer is ERR_STORE_UNAVAILABLE', async () => {
    const { options, store } = await production();
    store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'gone');
    await expect(openForTest(options)).rejects.toThrow(code('ERR_STORE_UNAVAILABLE'));
  });
});

describe('roots', () => {
  it('are tried in their order, and one that opens is enough', async () => {
    const store = createMemoryStore();
    const [first, second] = [fakeRoot(productionRoot('a')), fakeRoot(productionRoot('b'))];
    const roots = [first, second];
    const { pin } = await initKeyStore({ store, roots, environment: 'prod', acceptLoss: 'a test' });
    expect([first.calls(), second.calls()]).toEqual([
      { seal: 1, open: 1 },
      { seal: 1, open: 1 },
    ]);
    await openForTest({ store, roots: [second, first], environment: 'prod', pin });
    expect([first.calls().open, second.calls().open]).toEqual([1, 2]);
    second.fail('unavailable');
    await openForTest({ store, roots: [second, first], environment: 'prod', pin });
    expect([first.calls().open, second.calls().open]).toEqual([2, 3]);
  });

  it.each([
    ['unavailable', 'ERR_ROOT_UNAVAILABLE'],
    ['crash', 'ERR_ROOT_UNAVAILABLE'],
    ['foreign', 'ERR_WRONG_ROOT'],
    ['wrong-key', 'ERR_WRONG_ROOT'],
  ] as const)('with the fault %s, and none that works, are %s', async (fault, expected) => {
    const { options, root } = await production();
    const faulty = fakeRoot(root);
    faulty.fail(fault);
    await expect(openForTest({ ...options, roots: [faulty] })).rejects.toThrow(code(expected));
  });

  it('of another device are ERR_WRONG_ROOT, also where the device answers', async () => {
    const { options, store } = await production();
    const { writeControl } = store.calls;
    await expect(openForTest({ ...options, roots: [productionRoot()] })).rejects.toThrow(
      code('ERR_WRONG_ROOT'),
    );
    expect(store.calls).toMatchObject({ writeControl, readKeys: 0, insertKeys: 0 });
  });

  it.each(['unavailable', 'foreign', 'wrong-key'] as const)(
    'that cannot open what they sealed (%s) make no store',
    async (fault) => {
      const store = createMemoryStore();
      const inner = memoryRoot();
      const root = fakeRoot(inner);
      root.fail(fault);
      const sealsOnly = { ...root, seal: inner.seal };
      const options = { store, roots: [sealsOnly], environment: 'dev', development: true };
      await expect(initKeyStore(options)).rejects.toThrow(code('ERR_ROOT_UNAVAILABLE'));
      expect(await store.readEpoch()).toBeNull();
    },
  );
});

describe('a store in development', () => {
  const development = () => ({
    store: instrumentedStore(),
    roots: [memoryRoot()],
    environment: 'dev',
    development: true,
  });

  it('that is empty is made by opening it', async () => {
    const options = development();
    const first = await openForTest(options);
    const second = await openForTest(options);
    expect(second.pin).toBe(first.pin);
    expect(options.store.calls.writeControl).toBe(1);
  });

  it('is not made for a pin that it could not have', async () => {
    const options = { ...development(), pin: OTHER_PIN };
    await expect(openForTest(options)).rejects.toThrow(code('ERR_STORE_NOT_INITIALIZED'));
    expect(await options.store.readEpoch()).toBeNull();
  });

  it('compares a pin that is given', async () => {
    const options = development();
    const { pin } = await openForTest(options);
    await expect(openForTest({ ...options, pin: OTHER_PIN })).rejects.toThrow(
      code('ERR_WRONG_ROOT'),
    );
    await openForTest({ ...options, pin });
  });

  it('opened by five at once is one store for all of them', async () => {
    const options = development();
    const all = await Promise.all(Array.from({ length: 5 }, () => openForTest(options)));
    expect(new Set(all.map(({ pin }) => pin)).size).toBe(1);
    expect(await options.store.readEpoch()).toBe(1n);
    // and what one makes, all others see
    const [a, b] = all as [(typeof all)[0], (typeof all)[0]];
    const { keyId } = await a.createKey();
    await b.createAlias('alias/kyc', keyId);
    const held = await lease(a, { seal: [{ alias: 'alias/kyc', scope: {} }] });
    held.release();
  });

  it('opened by two at once with roots of their own is for one of them, ERR_WRONG_ROOT for the other', async () => {
    const options = development();
    const both = await Promise.allSettled([
      openForTest(options),
      openForTest({ ...options, roots: [memoryRoot()] }),
    ]);
    const refused = both.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'ERR_WRONG_ROOT' });
  });
});
