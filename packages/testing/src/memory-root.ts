import { createDevelopmentRoot, type Root } from '@fieldseal/core';

/**
 * A root that lives in this process: each call makes another one, as another device would be.
 *
 * @example
 * ```ts
 * import { createMemoryStore, openKeyring } from '@fieldseal/core';
 * import { memoryRoot } from '@fieldseal/testing';
 *
 * const keyring = await openKeyring({
 *   store: createMemoryStore(),
 *   roots: [memoryRoot()],
 *   environment: 'test',
 *   development: true,
 * });
 * ```
 */
export function memoryRoot(): Root {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return createDevelopmentRoot({ kind: 'memory', key: async () => new Uint8Array(key) });
}
