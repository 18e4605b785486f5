import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { RootKey } from './root-key.ts';
import { wrapParentVersion } from './wrap.ts';

/**
 * The root keys of a store that are in memory: one, and two while one takes the place of the other.
 * It is used as the newest that the store has chosen; a wrap names the one that it opens under.
 */
export interface RootRing extends RootKey {
  has(generation: number): boolean;
  /** Whether a wrap says that it is under one of them. */
  holds(wrapped: Uint8Array): boolean;
  /**
   * One of them.
   * @throws `ERR_ROOT_UNAVAILABLE` when no root has opened it here yet
   */
  at(generation: number): RootKey;
  add(rootKey: RootKey): void;
  /** From now on this one wraps, as soon as it is there. */
  choose(generation: number): void;
  /** Wipes one. */
  drop(generation: number): void;
  readonly generations: readonly number[];
}

export function createRootRing(first: RootKey): RootRing {
  const keys = new Map([[first.generation, first]]);
  let chosen = first.generation;
  let destroyed = false;

  function at(generation: number): RootKey {
    if (destroyed) throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
    const key = keys.get(generation);
    if (key !== undefined) return key;
    const message = 'No root has opened this generation of the root key here yet';
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'GENERATION' });
  }

  return {
    get generation() {
      return chosen;
    },
    get commitment() {
      return at(chosen).commitment;
    },
    get generations() {
      return [...keys.keys()];
    },
    has: (generation) => keys.has(generation),
    holds: (wrapped) => keys.has(wrapParentVersion(wrapped) ?? 0),
    at,
    add(rootKey) {
      if (destroyed) rootKey.destroy();
      else keys.set(rootKey.generation, rootKey);
    },
    choose(generation) {
      chosen = generation;
    },
    drop(generation) {
      keys.get(generation)?.destroy();
      keys.delete(generation);
    },
    wrap: (random, key, context) => at(chosen).wrap(random, key, context),
    unwrap(wrapped, context) {
      const generation = wrapParentVersion(wrapped);
      return generation === undefined ? null : at(generation).unwrap(wrapped, context);
    },
    destroy() {
      destroyed = true;
      for (const key of keys.values()) key.destroy();
      keys.clear();
    },
  };
}
