import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlState } from '../keys/key-store.ts';
import { rolledBack } from '../keys/rolled-back.ts';
import { createStore } from './create-store.ts';
import type { EpochFloor } from './epoch-memory.ts';
import type { KeyringOptions } from './keyring-options.ts';
import type { Primitives } from './primitives.ts';

/**
 * The store's control rows; in development they are made when there are none.
 * @throws `ERR_STORE_NOT_INITIALIZED`, `ERR_STORE_ROLLED_BACK`, `ERR_STORE_INTEGRITY`
 */
export async function readOrCreateControl(
  primitives: Primitives,
  options: KeyringOptions,
  floor: EpochFloor,
): Promise<ControlState> {
  const { store, development, pin } = options;
  const known = await store.readControl();
  if (known !== null) return known;
  if (floor.anchored) throw rolledBack(0n);
  // a pin names a store that exists: a new one would never have it
  if (development !== true || pin !== undefined) {
    const message = 'The key store is empty; initKeyStore makes one and gives its pin';
    throw new FieldsealError('ERR_STORE_NOT_INITIALIZED', message);
  }
  // when another process is first, its store is the one
  await createStore(primitives, options);
  const state = await store.readControl();
  if (state !== null) return state;
  throw new FieldsealError('ERR_STORE_INTEGRITY', 'The key store lost what was written to it');
}
