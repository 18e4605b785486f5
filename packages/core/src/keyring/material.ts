import { equalBytes } from '../bytes/equal.ts';
import { integrityError } from '../keys/columns.ts';
import type { KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import { deriveKey } from '../keys/derive.ts';
import type { RootKey } from '../keys/root-key.ts';
import { keyVersionContext } from '../keys/wrap-context.ts';
import type { Observer } from '../observe/observer.ts';
import type { Primitives } from './primitives.ts';

/** What a version is used for: wraps, blobs and codes never open each other. */
export type MaterialPurpose = 'wrap' | 'api' | 'mac';

/** Keys that are derived from versions for one use and wiped after it. */
export interface Material {
  /**
   * Lends the 32 bytes that a version has for a purpose.
   * @throws `ERR_STORE_INTEGRITY`, `ERR_KEYRING_CLOSED`
   */
  use<T>(
    key: KeyRecord,
    version: KeyVersionRecord,
    purpose: MaterialPurpose,
    work: (derived: Uint8Array) => T,
  ): T;
}

export function createMaterial(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly rootKey: RootKey;
  readonly observer: Observer;
}): Material {
  const { primitives, environment, rootKey, observer } = options;
  const { engine } = primitives;

  function unwrap(key: KeyRecord, version: KeyVersionRecord): Uint8Array {
    const { usage, origin } = key;
    const context = keyVersionContext({ ...version, environment, usage, origin });
    const material = rootKey.unwrap(version.wrapped, context);
    if (material === null) throw integrityError('A key version does not open', 'key_version');
    const commitment = deriveKey(engine, 'key-version', material, { use: 'commit' });
    if (equalBytes(commitment, version.commitment)) return material;
    material.fill(0);
    throw integrityError('A key version is not the one that its row names', 'key_version');
  }

  return {
    use(key, version, purpose, work) {
      const material = observer.runSync(
        'unwrap',
        () => ({ kind: 'key-version', keyId: key.id, keyVersion: version.version }),
        () => unwrap(key, version),
      );
      const derived = deriveKey(engine, 'key-version', material, { use: purpose });
      material.fill(0);
      try {
        return work(derived);
      } finally {
        derived.fill(0);
      }
    },
  };
}
