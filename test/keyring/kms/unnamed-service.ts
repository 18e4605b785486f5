import {
  createMemoryStore,
  initKeyStore,
  type Keyring,
  type KeyStore,
  type Kms,
} from '@fieldseal/core';
import { openForTest } from '../open-keyrings.ts';
import { productionRoot } from '../production-root.ts';

/** A keyring of production that was given no principal. */
export async function unnamedService(): Promise<{
  readonly keyring: Keyring;
  readonly kms: Kms;
  readonly store: KeyStore;
}> {
  const store = createMemoryStore();
  const options = { store, roots: [productionRoot()], environment: 'production' };
  const { pin } = await initKeyStore({ ...options, acceptLoss: 'a test' });
  const keyring = await openForTest({ ...options, pin });
  return { keyring, kms: keyring.kms, store };
}
