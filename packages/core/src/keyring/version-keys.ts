import { integrityError } from '../keys/columns.ts';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import type { KeptMaterial } from './kept-material.ts';

/** Wrapping keys of key versions. */
export interface VersionKeys {
  /**
   * Lends the 32 bytes that data keys and index keys of a version are wrapped with.
   * @throws `ERR_STORE_INTEGRITY`, `ERR_KEYRING_CLOSED` once the root key is destroyed.
   */
  use<T>(version: KeyVersionRecord, work: (wrappingKey: Uint8Array) => T): T;
}

/**
 * @param options.material - Kept for the row of a version and not for its number: after a restore the
 * same number may be another version, and what is wrapped under the former one nobody opens again.
 */
export function createVersionKeys(options: {
  readonly material: Pick<KeptMaterial, 'use'>;
  readonly keyOf: (keyId: string) => KeyRecord | undefined;
}): VersionKeys {
  const { material, keyOf } = options;
  return {
    use(version, work) {
      const key = keyOf(version.keyId);
      if (key === undefined) throw integrityError('A key version belongs to no key', 'key_version');
      return material.use(key, version, 'wrap', work);
    },
  };
}
