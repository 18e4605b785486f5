import { defaultEngine, defaultRandom } from '#engine';
import { createObserver } from '#observer';
import { systemClock } from '../cache/clock.ts';
import { createKeyring } from './create-keyring.ts';
import { createKeyringParts, type KeyringParts } from './create-keyring-parts.ts';
import { epochFloor, rememberEpoch } from './epoch-memory.ts';
import type { Keyring } from './keyring.ts';
import { checkKeyringOptions, type KeyringOptions } from './keyring-options.ts';
import { observedRoot } from './observed-root.ts';
import { observedStore } from './observed-store.ts';
import type { Primitives } from './primitives.ts';
import { readOrCreateControl } from './read-or-create-control.ts';
import { storeWithSlots } from './store-with-slots.ts';
import { unlockStore } from './unlock-store.ts';

/**
 * Opens the keys of one environment: a root opens a slot, the root key opens the store key, and the
 * store key verifies every row before anything of it is believed.
 *
 * With `development: true` an empty store is made ready first. Otherwise `initKeyStore` does that
 * once, and the `pin` that it gave is required here. When opening fails the store stays open: it is
 * the caller's until there is a keyring.
 *
 * A store that has lost all of its slots opens with those of `slotsFrom`, if they are the ones that it had
 * last. The next change of a keyring with the role `fieldseal_admin` puts them back.
 *
 * @throws `ERR_CONFIG_INVALID`, `ERR_PIN_REQUIRED`, `ERR_ROOT_UNAVAILABLE`, `ERR_WRONG_ROOT`,
 * `ERR_STORE_UNAVAILABLE`, `ERR_STORE_SCHEMA`, `ERR_STORE_NOT_INITIALIZED`, `ERR_STORE_ENVIRONMENT`,
 * `ERR_STORE_DEVELOPMENT`, `ERR_STORE_INTEGRITY`, `ERR_STORE_ROLLED_BACK`
 */
export async function openKeyring(given: KeyringOptions): Promise<Keyring> {
  const limits = checkKeyringOptions(given);
  const store = storeWithSlots(given.store, given.slotsFrom);
  const observer = createObserver(given.environment);
  const options = {
    ...given,
    store: observedStore(store, observer),
    roots: given.roots.map((root) => observedRoot(root, observer)),
  };
  const primitives: Primitives = {
    engine: options.engine ?? defaultEngine(),
    random: options.random ?? defaultRandom(),
    clock: options.clock ?? systemClock,
  };
  const { anchor } = options;
  const floor = await epochFloor(anchor);
  const state = await readOrCreateControl(primitives, options, floor);
  const unlocked = await unlockStore(primitives, options, state);
  const { secrets, snapshot } = unlocked;
  let parts: KeyringParts | undefined;
  try {
    floor.check(secrets.pin, snapshot.epoch);
    await rememberEpoch(secrets.pin, snapshot.epoch, anchor);
    parts = await createKeyringParts({ primitives, options, limits, unlocked, observer });
    await parts.trail.requireNewStore();
    return createKeyring(parts);
  } catch (error) {
    await parts?.trail.close().catch(() => {});
    observer.close();
    unlocked.rootKey.destroy();
    secrets.destroy();
    throw error;
  }
}
