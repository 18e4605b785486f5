import { equalBytes } from '../bytes/equal.ts';
import { integrityError } from '../keys/columns.ts';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { RootKey } from '../keys/root-key.ts';
import { keyVersionContext } from '../keys/wrap-context.ts';
import type { Primitives } from './primitives.ts';

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
  readonly primitives: Primitives;
  readonly environment: string;
  readonly rootKey: RootKey;
  readonly keyOf: (keyId: string) => KeyRecord | undefined;
}): VersionKeys {
  const { primitives, environment, rootKey, keyOf } = options;
  const { engine } = primitives;
  const kept = new Map<string, Uint8Array>();

  function unwrap(version: KeyVersionRecord): Uint8Array {
    const key = keyOf(version.keyId);
    if (key === undefined) throw integrityError('A key version belongs to no key', 'key_version');
    const { usage, origin } = key;
    const context = keyVersionContext({ ...version, environment, usage, origin });
    const material = rootKey.unwrap(version.wrapped, context);
    if (material === null) throw integrityError('A key version does not open', 'key_version');
    const commitment = deriveKey(engine, 'key-version', material, { use: 'commit' });
    const wrappingKey = deriveKey(engine, 'key-version', material, { use: 'wrap' });
    material.fill(0);
    if (!equalBytes(commitment, version.commitment)) {
      wrappingKey.fill(0);
      throw integrityError('A key version is not the one that its row names', 'key_version');
    }
    return wrappingKey;
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
