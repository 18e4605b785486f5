import type { ContextPairs } from '../bytes/context.ts';
import type { Engine, RandomSource } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { deriveKey } from './derive.ts';
import { unwrapKey, wrapKey } from './wrap.ts';

/** The root key as it is kept in memory: what wraps and unwraps with it. */
export interface RootKey {
  readonly generation: number;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  /** @throws `ERR_KEYRING_CLOSED` once destroyed. */
  wrap(random: RandomSource, key: Uint8Array, context: ContextPairs): Uint8Array;
  /**
   * `null` when the wrap does not open.
   * @throws `ERR_KEYRING_CLOSED` once destroyed.
   */
  unwrap(wrapped: Uint8Array, context: ContextPairs): Uint8Array | null;
  destroy(): void;
}

/** The commitment by which a root key is recognised. */
export function rootCommitment(engine: Engine, key: Uint8Array): Uint8Array {
  return deriveKey(engine, 'root-key', key, { use: 'commit' });
}

/**
 * Takes a root key into memory.
 * @param key - 32 bytes; not needed any more afterwards.
 */
export function createRootKey(engine: Engine, key: Uint8Array, generation: number): RootKey {
  const commitment = rootCommitment(engine, key);
  const wrappingKey = deriveKey(engine, 'root-key', key, { use: 'wrap' });
  // its generation and the first half of its commitment name it in wraps (FORMAT.md section 4)
  const place = {
    engine,
    wrappingKey,
    parentId: commitment.subarray(0, 16),
    parentVersion: generation,
  };
  let destroyed = false;

  /** A change that was under way when the keyring closed must not wrap under zeros. */
  function alive(): typeof place {
    if (destroyed) throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
    return place;
  }
  return {
    generation,
    commitment,
    wrap: (random, child, context) => wrapKey({ ...alive(), random, context, key: child }),
    unwrap: (wrapped, context) => unwrapKey({ ...alive(), context, wrapped }),
    destroy() {
      destroyed = true;
      wrappingKey.fill(0);
    },
  };
}
