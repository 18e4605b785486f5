import { integrityError } from '../keys/columns.ts';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import type { Material } from './material.ts';

/** Wrapping keys of key versions, unwrapped at first use and kept until the keyring closes. */
export interface VersionKeys {
  /**
   * 32 bytes, not to be changed.
   * @throws `ERR_STORE_INTEGRITY`, `ERR_KEYRING_CLOSED` once the root key is destroyed.
   */
  wrappingKey(version: KeyVersionRecord): Uint8Array;
  destroy(): void;
}

export function createVersionKeys(options: {
  readonly material: Material;
  readonly keyOf: (keyId: string) => KeyRecord | undefined;
}): VersionKeys {
  const { material, keyOf } = options;
  const kept = new Map<string, Uint8Array>();

  function unwrap(version: KeyVersionRecord): Uint8Array {
    const key = keyOf(version.keyId);
    if (key === undefined) throw integrityError('A key version belongs to no key', 'key_version');
    return material.use(key, version, 'wrap', (derived) => new Uint8Array(derived));
  }

  return {
    wrappingKey(version) {
      const name = `${version.keyId}#${version.version}`;
      let key = kept.get(name);
      if (key === undefined) {
        key = unwrap(version);
        kept.set(name, key);
      }
      return key;
    },
    destroy() {
      for (const key of kept.values()) key.fill(0);
      kept.clear();
    },
  };
}
