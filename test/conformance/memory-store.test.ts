import { createMemoryStore } from '@fieldseal/core';
import { describeAuditStore } from './audit-store-conformance.ts';
import { describeIndexKeys } from './index-key-conformance.ts';
import { describeKeyPages } from './key-pages-conformance.ts';
import { describeKeyStore, type KeyStoreFixture } from './key-store-conformance.ts';
import { describeRotationGuards } from './rotation-guards-conformance.ts';

async function inMemory(): Promise<KeyStoreFixture> {
  const store = createMemoryStore();
  return { store, other: store, dispose: async () => {} };
}

describeKeyStore('in memory', inMemory);
describeIndexKeys('in memory', inMemory);
describeAuditStore('in memory', inMemory);
describeKeyPages('in memory', inMemory);
describeRotationGuards('in memory', inMemory);
