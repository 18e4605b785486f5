import { defaultEngine, defaultRandom } from '#engine';
import { systemClock } from '../cache/clock.ts';
import { createKeyCache } from '../cache/key-cache.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlState } from '../keys/key-store.ts';
import { anyCallerInThisProcess } from './authorise.ts';
import { createControlSession } from './control-session.ts';
import { createDoor } from './create-door.ts';
import { createKeyRows } from './create-key-rows.ts';
import { createStore } from './create-store.ts';
import { giveDoor } from './door-of.ts';
import { type EpochFloor, epochFloor, rememberEpoch, rolledBack } from './epoch-memory.ts';
import { createFieldPhases } from './field-phases.ts';
import { createKeyLoader, type LoadedKey } from './key-loader.ts';
import { createKeyMaker } from './key-maker.ts';
import type { Keyring } from './keyring.ts';
import { checkKeyringOptions, type KeyringLimits, type KeyringOptions } from './keyring-options.ts';
import { createKeyManagement } from './manage-keys.ts';
import { createPlaintextCounter } from './plaintext-counter.ts';
import type { Primitives } from './primitives.ts';
import { redacted } from './redacted.ts';
import { newEntries, registerEntries, registeredEntries } from './registry.ts';
import { type UnlockedStore, unlockStore } from './unlock-store.ts';
import { createVersionKeys } from './version-keys.ts';
import { watchStore } from './watch-store.ts';

const REFRESH_AHEAD_MS = 10_000;
const NEGATIVE_MS = 2000;

/** The store's control rows; in development they are made when there are none. */
async function readOrCreate(
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

function createKeyring(
  primitives: Primitives,
  options: KeyringOptions,
  limits: KeyringLimits,
  unlocked: UnlockedStore,
): Keyring {
  const { store, environment, anchor } = options;
  const { engine, random, clock } = primitives;
  const { rootKey, secrets, snapshot: initial } = unlocked;
  const defaultSuite = options.suite ?? (engine.constantTimeSuites.has(1) ? 1 : 2);
  const control = createControlSession({ store, secrets, anchor, clock, initial });
  const versionKeys = createVersionKeys({
    primitives,
    environment,
    rootKey,
    keyOf: (keyId) => control.snapshot().keys.get(keyId),
  });
  const hierarchy = { primitives, environment, secrets, versionKeys };
  const cache = createKeyCache<LoadedKey>({
    maxEntries: limits.maxEntries,
    maxAgeMs: limits.maxAgeMs,
    refreshAheadMs: Math.min(REFRESH_AHEAD_MS, limits.maxAgeMs / 2),
    negativeMs: NEGATIVE_MS,
    clock,
    load: createKeyLoader({ ...hierarchy, store, snapshot: control.snapshot, poll: control.poll }),
    destroy: (key) => key.destroy(),
  });
  const management = createKeyManagement({ primitives, environment, rootKey, secrets, control });
  const watch = watchStore({
    store,
    control,
    clock,
    intervalMs: limits.pollIntervalMs,
    onHint: () => cache.forgetMissing(),
  });
  const phases = createFieldPhases({ control, secrets, clock });
  const plaintext = createPlaintextCounter();
  let closing: Promise<void> | undefined;

  function checkUsable(): void {
    if (closing !== undefined) {
      throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
    }
    watch.check();
  }

  async function close(): Promise<void> {
    watch.stop();
    cache.clear();
    versionKeys.destroy();
    rootKey.destroy();
    secrets.destroy();
    await store.close();
  }

  const keyring: Keyring = redacted('Keyring', {
    environment,
    pin: secrets.pin,
    async createKey({ description } = {}) {
      checkUsable();
      return { keyId: await management.createKey(description) };
    },
    async createAlias(alias, keyId) {
      checkUsable();
      await management.createAlias(alias, keyId);
    },
    async rotateKey(aliasOrKeyId) {
      checkUsable();
      return management.rotateKey(aliasOrKeyId);
    },
    listKeys() {
      checkUsable();
      return management.listKeys();
    },
    listSlots() {
      checkUsable();
      const { slots } = control.snapshot();
      return slots.map(({ id, kind, label, rootGeneration }) => ({
        id,
        kind,
        label,
        rootGeneration,
      }));
    },
    phaseOf: (fieldId) => phases.phaseOf(fieldId)?.phase,
    async setPhase(fieldId, phase) {
      checkUsable();
      await phases.setPhase(fieldId, phase);
    },
    counters: () => ({
      engine: engine.name,
      defaultSuite,
      cache: cache.counters(),
      plaintextRead: plaintext.all(),
    }),
    onRestore: () => random.reset(),
    close() {
      closing ??= close();
      return closing;
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  });
  const door = createDoor({
    environment,
    defaultSuite,
    control,
    cache,
    maker: createKeyMaker({ store, secrets, createRows: createKeyRows(hierarchy) }),
    management,
    authorise: anyCallerInThisProcess,
    createMissingAliases: options.createMissingAliases === true,
    checkUsable,
    phaseOf: phases.phaseOf,
    countPlaintext: plaintext.count,
    registered: () => registeredEntries(control.snapshot()),
    unregistered: (entries) => newEntries(control.snapshot(), entries),
    async register(entries) {
      checkUsable();
      await registerEntries({ control, secrets, clock }, entries);
    },
  });
  giveDoor(keyring, door);
  return keyring;
}

/**
 * Opens the keys of one environment: a root opens a slot, the root key opens the store key, and the
 * store key verifies every row before anything of it is believed.
 *
 * With `development: true` an empty store is made ready first. Otherwise `initKeyStore` does that
 * once, and the `pin` that it gave is required here. When opening fails the store stays open: it is
 * the caller's until there is a keyring.
 *
 * @throws `ERR_CONFIG_INVALID`, `ERR_PIN_REQUIRED`, `ERR_ROOT_UNAVAILABLE`, `ERR_WRONG_ROOT`,
 * `ERR_STORE_UNAVAILABLE`, `ERR_STORE_SCHEMA`, `ERR_STORE_NOT_INITIALIZED`, `ERR_STORE_ENVIRONMENT`,
 * `ERR_STORE_DEVELOPMENT`, `ERR_STORE_INTEGRITY`, `ERR_STORE_ROLLED_BACK`
 */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const limits = checkKeyringOptions(options);
  const primitives: Primitives = {
    engine: options.engine ?? defaultEngine(),
    random: options.random ?? defaultRandom(),
    clock: options.clock ?? systemClock,
  };
  const { anchor } = options;
  const floor = await epochFloor(anchor);
  const state = await readOrCreate(primitives, options, floor);
  const unlocked = await unlockStore(primitives, options, state);
  const { secrets, snapshot } = unlocked;
  try {
    floor.check(secrets.pin, snapshot.epoch);
    await rememberEpoch(secrets.pin, snapshot.epoch, anchor);
  } catch (error) {
    unlocked.rootKey.destroy();
    secrets.destroy();
    throw error;
  }
  return createKeyring(primitives, options, limits, unlocked);
}
