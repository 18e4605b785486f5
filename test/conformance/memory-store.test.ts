import { createMemoryStore } from '@fieldseal/core';
import { describeKeyStore } from './key-store-conformance.ts';

describeKeyStore('in memory', async () => {
  const store = createMemoryStore();
  return { store, other: store, dispose: async () => {} };
});
