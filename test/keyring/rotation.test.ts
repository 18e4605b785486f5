import { createMemoryStore } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { expect, it } from 'vitest';
import { readDataKeys } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import { activeDataKey, closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const T1 = { tenant: 't1' };

/** Two keyrings on one store that look at it only when a call makes them. */
async function twoProcesses() {
  const stored = createMemoryStore();
  const roots = [memoryRoot()];
  async function open() {
    const store = instrumentedStore(stored);
    const options = { store, roots, environment: 'test', clock: fixedClock(1000) };
    const more = { development: true, createMissingAliases: true };
    return { store, keyring: await openForTest({ ...options, ...more }) };
  }
  const a = await open();
  await activeDataKey(a.keyring, ALIAS);
  return { stored, a, b: await open() };
}

it('a process that does not know of a rotation yet seals under the data key that another made after it', async () => {
  const { stored, a, b } = await twoProcesses();
  await activeDataKey(a.keyring, ALIAS, T1);
  await a.keyring.rotateKey(ALIAS);
  const fresh = await activeDataKey(a.keyring, ALIAS, T1);
  expect(await activeDataKey(b.keyring, ALIAS, T1)).toBe(fresh);
  expect(b.store.calls.insertKeys).toBe(0);
  const [row] = await readDataKeys(stored, fresh);
  expect(row?.columns).toMatchObject({ state: 'ACTIVE', key_version: 2 });
});

it('a data key under a newer version that appears while one is made is not replaced by an older one', async () => {
  const { stored, a, b } = await twoProcesses();
  let fresh = '';
  // the scope has no key when it is asked for, and one under version 2 when it is to be made
  let asked = 0;
  const { store } = b;
  const readKeys = store.readKeys;
  store.readKeys = async (selectors) => {
    const rows = await readKeys(selectors);
    asked += 1;
    if (asked === 1) {
      await a.keyring.rotateKey(ALIAS);
      fresh = await activeDataKey(a.keyring, ALIAS, T1);
    }
    return rows;
  };
  expect(await activeDataKey(b.keyring, ALIAS, T1)).toBe(fresh);
  const [row] = await readDataKeys(stored, fresh);
  expect(row?.columns).toMatchObject({ state: 'ACTIVE', key_version: 2 });
});
