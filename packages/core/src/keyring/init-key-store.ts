import { defaultEngine, defaultRandom } from '#engine';
import { createObserver } from '#observer';
import { systemClock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { rolledBack } from '../keys/rolled-back.ts';
import { createStore } from './create-store.ts';
import { epochFloor, rememberEpoch } from './epoch-memory.ts';
import { checkInitOptions, type InitKeyStoreOptions } from './keyring-options.ts';
import { observedRoot } from './observed-root.ts';
import { requireRecovery } from './require-recovery.ts';

function alreadyInitialized(): FieldsealError {
  const message = 'The key store has been initialised before';
  return new FieldsealError('ERR_STORE_ALREADY_INITIALIZED', message);
}

/**
 * Makes a key store ready: root key, a slot for each root, store key. Every slot is opened once
 * before anything is written. Outside development it takes two roots that are not lost together, one of
 * them for recovery: what can only be opened by one machine ends with it.
 *
 * @returns the pin, which `openKeyring` requires: keep it with the configuration of the application,
 * outside the database.
 * @throws `ERR_STORE_ALREADY_INITIALIZED`, `ERR_CONFIG_INVALID`, `ERR_SLOT_REQUIRED`, `ERR_ROOT_UNAVAILABLE`,
 * `ERR_STORE_ROLLED_BACK` (the anchor remembers a store, and this one is empty),
 * `ERR_STORE_UNAVAILABLE`, `ERR_STORE_SCHEMA`
 *
 * @example
 * ```ts
 * import { initKeyStore } from '@fieldseal/core';
 * import { memoryRoot } from '@fieldseal/testing';
 * import { createMemoryStore } from '@fieldseal/core';
 *
 * const { pin } = await initKeyStore({
 *   store: createMemoryStore(),
 *   roots: [memoryRoot()],
 *   environment: 'test',
 *   development: true,
 * });
 * ```
 */
export async function initKeyStore(
  options: InitKeyStoreOptions,
): Promise<{ readonly pin: string }> {
  checkInitOptions(options);
  const { development, acceptLoss } = options;
  if (development !== true && acceptLoss === undefined) requireRecovery(options.roots);
  const { engine = defaultEngine(), random = defaultRandom(), clock = systemClock } = options;
  const { store, anchor } = options;
  // no device seals anything for a store that is there
  if ((await store.readEpoch()) !== null) throw alreadyInitialized();
  if ((await epochFloor(anchor)).anchored) throw rolledBack(0n);
  const observer = createObserver(options.environment);
  const roots = options.roots.map((root) => observedRoot(root, observer));
  const pin = await createStore({ engine, random, clock }, { ...options, roots });
  if (pin === null) throw alreadyInitialized();
  await rememberEpoch(pin, 1n, anchor);
  return { pin };
}
