import { equalBytes } from '../bytes/equal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { integrityError } from '../keys/columns.ts';
import {
  type ControlSnapshot,
  readSlotsAndStoreKey,
  type SlotRecord,
  type StoreKeyRecord,
} from '../keys/control-snapshot.ts';
import { createStoreSecrets } from '../keys/create-store-secrets.ts';
import { deriveKey } from '../keys/derive.ts';
import type { ControlState } from '../keys/key-store.ts';
import { samePin } from '../keys/pin.ts';
import { createRootKey, type RootKey } from '../keys/root-key.ts';
import { createRootRing, type RootRing } from '../keys/root-ring.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { checkControlShape, verifyControl } from '../keys/verify-control.ts';
import { storeKeyContext } from '../keys/wrap-context.ts';
import type { KeyringOptions } from './keyring-options.ts';
import { openAnySlot, ROOT_DEADLINE_MS } from './open-any-slot.ts';
import type { Primitives } from './primitives.ts';

/** A store that the roots could open and that is whole. */
export interface UnlockedStore {
  readonly rootKey: RootRing;
  readonly secrets: StoreSecrets;
  readonly snapshot: ControlSnapshot;
}

function wrongRoot(message: string): FieldsealError {
  return new FieldsealError('ERR_WRONG_ROOT', message);
}

/** @throws `ERR_STORE_ENVIRONMENT`, `ERR_STORE_DEVELOPMENT` */
function checkStamp(storeKey: StoreKeyRecord, options: KeyringOptions): void {
  if (storeKey.environment !== options.environment) {
    throw new FieldsealError('ERR_STORE_ENVIRONMENT', 'The store is of another environment', {
      environment: storeKey.environment,
    });
  }
  if (storeKey.development !== (options.development === true)) {
    const message = storeKey.development
      ? 'The store was made for development and opens with development: true only'
      : 'The store was not made for development and never opens with development: true';
    throw new FieldsealError('ERR_STORE_DEVELOPMENT', message);
  }
}

/**
 * Opens a slot with any of the roots.
 * @throws `ERR_ROOT_UNAVAILABLE` when a device that may be the right one did not answer,
 * `ERR_WRONG_ROOT` when all answered and none could.
 */
async function openRootKey(
  primitives: Primitives,
  slots: readonly SlotRecord[],
  storeKey: StoreKeyRecord,
  { roots, rootDeadlineMs: deadlineMs = ROOT_DEADLINE_MS }: KeyringOptions,
): Promise<RootKey> {
  const { environment, rootGeneration } = storeKey;
  const rootKey = await openAnySlot<RootKey>({
    primitives,
    environment,
    roots,
    slots: slots.filter((slot) => slot.rootGeneration === rootGeneration),
    deadlineMs,
    take: (key) => createRootKey(primitives.engine, key, rootGeneration),
    discard: (late) => late.destroy(),
  });
  if (rootKey !== null) return rootKey;
  throw wrongRoot('None of the roots opens a slot of this store: it was made with another root');
}

/** The store key, compared with its commitment and with the pin. */
function openSecrets(
  { engine }: Primitives,
  storeKey: StoreKeyRecord,
  rootKey: RootKey,
  pin: string | undefined,
): StoreSecrets {
  const bytes = rootKey.unwrap(storeKey.wrapped, storeKeyContext(storeKey));
  if (bytes === null) throw wrongRoot('The store key is not wrapped under this root key');
  try {
    const commitment = deriveKey(engine, 'store-key', bytes, { use: 'commit' });
    if (!equalBytes(commitment, storeKey.commitment)) {
      throw integrityError('The store key is not the one that its row names', 'store_key');
    }
    const secrets = createStoreSecrets(engine, bytes);
    if (pin !== undefined && !samePin(secrets.pin, pin)) {
      secrets.destroy();
      throw wrongRoot('The store is not the one that the pin names');
    }
    return secrets;
  } finally {
    bytes.fill(0);
  }
}

/**
 * Opens a slot, unwraps the store key and verifies everything that the head covers. Nothing of the
 * store is believed before the pin is compared.
 *
 * @throws `ERR_STORE_ENVIRONMENT`, `ERR_STORE_DEVELOPMENT`, `ERR_ROOT_UNAVAILABLE`,
 * `ERR_WRONG_ROOT`, `ERR_STORE_INTEGRITY`
 */
export async function unlockStore(
  primitives: Primitives,
  options: KeyringOptions,
  state: ControlState,
): Promise<UnlockedStore> {
  checkControlShape(state);
  const { storeKey, slots } = readSlotsAndStoreKey(state);
  checkStamp(storeKey, options);
  const rootKey = createRootRing(await openRootKey(primitives, slots, storeKey, options));
  try {
    const secrets = openSecrets(primitives, storeKey, rootKey, options.pin);
    try {
      return { rootKey, secrets, snapshot: verifyControl(state, secrets) };
    } catch (error) {
      secrets.destroy();
      throw error;
    }
  } catch (error) {
    rootKey.destroy();
    throw error;
  }
}
