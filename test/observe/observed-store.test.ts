import { createMemoryStore, type KeyStore } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { expect, test } from 'vitest';
import { cardsOf } from './cards.ts';

/** As a driver may be that is a class: its methods need their own object. */
class PrivateStore {
  readonly #memory: KeyStore;
  #calls = 0;

  constructor(memory: KeyStore) {
    this.#memory = memory;
  }

  get calls(): number {
    return this.#calls;
  }

  readControl(): ReturnType<KeyStore['readControl']> {
    this.#calls += 1;
    return this.#memory.readControl();
  }
}

test('a store with private fields is called on itself', async () => {
  const memory = createMemoryStore();
  const { readControl: _, ...rest } = memory;
  const store = Object.assign(new PrivateStore(memory), rest);
  await using keyring = await testKeyring({ store });
  const cards = cardsOf(keyring);
  await cards.seal();
  await cards.open();
  expect(store.calls).toBeGreaterThan(0);
});

test('a store that is frozen can be watched as well', async () => {
  await using keyring = await testKeyring({ store: Object.freeze(createMemoryStore()) });
  const cards = cardsOf(keyring);
  await cards.seal();
  await cards.open();
});

test('a method that is replaced later is the one that is called', async () => {
  const store = createMemoryStore();
  await using keyring = await testKeyring({ store, roots: [memoryRoot()] });
  let asked = 0;
  const { readKeys } = store;
  Object.assign(store, {
    readKeys(...given: Parameters<KeyStore['readKeys']>) {
      asked += 1;
      return readKeys(...given);
    },
  });
  await cardsOf(keyring).seal();
  expect(asked).toBeGreaterThan(0);
});
