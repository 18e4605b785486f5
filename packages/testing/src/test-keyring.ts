import { createMemoryStore, type Keyring, type KeyringOptions, openKeyring } from '@fieldseal/core';
import { memoryRoot } from './memory-root.ts';

/** Everything is optional: what is absent lives in memory. */
export type TestKeyringOptions = Partial<Omit<KeyringOptions, 'development'>>;

/**
 * A keyring for the tests of an application: no store, no files, no set-up. Every alias that a
 * manifest names is made when it is first used.
 *
 * @throws as `openKeyring`
 *
 * @example
 * ```ts
 * import { testKeyring } from '@fieldseal/testing';
 *
 * await using keyring = await testKeyring();
 * // new PrismaClient({ adapter }).$extends(fieldseal({ keyring, manifest }))
 * ```
 */
export function testKeyring(options: TestKeyringOptions = {}): Promise<Keyring> {
  return openKeyring({
    store: createMemoryStore(),
    roots: [memoryRoot()],
    environment: 'test',
    createMissingAliases: true,
    ...options,
    development: true,
  });
}
