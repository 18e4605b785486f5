import { defaultEngine, defaultRandom } from '#engine';
import { createAuditTrail } from '../audit/create-audit-trail.ts';
import { systemClock } from '../cache/clock.ts';
import { createKeyCache } from '../cache/key-cache.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlState } from '../keys/key-store.ts';
import { createAuthorise } from './authorise.ts';
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
import { createKeyringAudit } from './keyring-audit.ts';
import { checkKeyringOptions, type KeyringLimits, type KeyringOptions } from './keyring-options.ts';
import { createAccess } from './kms/access.ts';
import { createApprovals } from './kms/approvals.ts';
import { createApprovers } from './kms/approvers.ts';
import { createKms } from './kms/create-kms.ts';
import { createImportTokens } from './kms/import-token.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { createMaintenance } from './kms/maintenance.ts';
import { createPolicyBook } from './kms/policy-book.ts';
import { rotateNow } from './kms/rotate-now.ts';
import { createRowMaker } from './kms/row-maker.ts';
import { createUpkeep } from './kms/upkeep.ts';
import { createEnsureAlias, describeKeys } from './manage-keys.ts';
import { createMaterial } from './material.ts';
import { createPlaintextCounter } from './plaintext-counter.ts';
import { type Primitives, randomUuid } from './primitives.ts';
import { createPrincipals } from './principal.ts';
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

async function createKeyring(
  primitives: Primitives,
  options: KeyringOptions,
  limits: KeyringLimits,
  unlocked: UnlockedStore,
): Promise<Keyring> {
  const { store, environment, anchor } = options;
  const { engine, random, clock } = primitives;
  const { rootKey, secrets, snapshot: initial } = unlocked;
  const defaultSuite = options.suite ?? (engine.constantTimeSuites.has(1) ? 1 : 2);
  const trail = createAuditTrail({
    store,
    engine,
    secrets,
    clock,
    environment,
    processId: randomUuid(random),
    ...(options.audit === undefined ? {} : { options: options.audit }),
  });
  const approvals = createApprovals(createApprovers(options.access?.approvers), {
    pin: secrets.pin,
    environment,
  });
  await approvals.learn(initial);
  const control = createControlSession({
    store,
    secrets,
    anchor,
    clock,
    initial,
    learn: approvals.learn,
    trail,
  });
  const material = createMaterial({ primitives, environment, rootKey });
  const versionKeys = createVersionKeys({
    material,
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
  const principals = createPrincipals(options.principal ?? developmentPrincipal(options));
  const policies = createPolicyBook(options.access ?? {}, approvals);
  const rows = createRowMaker({ primitives, environment, rootKey, secrets });
  const now = (): number => clock.now();
  const parts: KmsParts = {
    environment,
    primitives,
    control,
    rows,
    policies,
    approvals,
    pin: secrets.pin,
    access: createAccess({ principals, decide: policies.decide, now }),
    material,
    stagingMs: limits.stagingMs,
    ...(options.countCells === undefined ? {} : { countCells: options.countCells }),
  };
  const maintenance = createMaintenance(parts);
  const watch = watchStore({
    store,
    control,
    clock,
    intervalMs: limits.pollIntervalMs,
    onHint: () => cache.forgetMissing(),
    onPolled: () => activateSoon(),
  });
  const phases = createFieldPhases({ control, secrets, clock, principals });
  const plaintext = createPlaintextCounter();
  let closing: Promise<void> | undefined;

  /** A version whose time has come takes over, whichever process notices first. */
  function activateSoon(): void {
    if (!maintenance.isActivationDue()) return;
    // what fails here is tried again at the next look at the store, by every process
    maintenance.activateDue().catch(() => {});
  }

  function checkUsable(): void {
    if (closing !== undefined) {
      throw new FieldsealError('ERR_KEYRING_CLOSED', 'The keyring is closed');
    }
    watch.check();
  }

  const kms = createKms({
    parts,
    tokens: createImportTokens({ primitives, environment, rootKey }),
    trail,
    check: checkUsable,
  });
  const upkeep = createUpkeep({ clock, runDue: maintenance.runDue });

  async function close(): Promise<void> {
    upkeep.stop();
    watch.stop();
    try {
      // what waits is written while there are keys to sign it with
      await trail.close();
    } finally {
      cache.clear();
      versionKeys.destroy();
      rootKey.destroy();
      secrets.destroy();
      await store.close();
    }
  }

  const keyring: Keyring = redacted('Keyring', {
    environment,
    pin: secrets.pin,
    kms,
    audit: createKeyringAudit({ store, secrets, engine, environment, trail, check: checkUsable }),
    as: principals.as,
    async createKey({ description } = {}) {
      const request = description === undefined ? {} : { Description: description };
      const { KeyMetadata } = await kms.createKey(request);
      return { keyId: KeyMetadata.KeyId };
    },
    async createAlias(alias, keyId) {
      await kms.createAlias({ AliasName: alias, TargetKeyId: keyId });
    },
    async rotateKey(aliasOrKeyId) {
      checkUsable();
      return rotateNow(parts, aliasOrKeyId);
    },
    listKeys() {
      checkUsable();
      return describeKeys(control.snapshot());
    },
    async runDue() {
      checkUsable();
      return maintenance.runDue();
    },
    startMaintenance(given) {
      checkUsable();
      return upkeep.start(given);
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
      audit: trail.counters(),
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
    ensureAlias: createEnsureAlias({ primitives, control, rows, principals }),
    authorise: createAuthorise({
      principals,
      decide: policies.decide,
      trail,
      now,
      monotonic: () => clock.monotonic(),
    }),
    createMissingAliases: options.createMissingAliases === true,
    checkUsable() {
      checkUsable();
      // before a key of the service is made for an alias
      principals.current();
    },
    phaseOf: phases.phaseOf,
    countPlaintext: plaintext.count,
    registered: () => registeredEntries(control.snapshot()),
    unregistered: (entries) => newEntries(control.snapshot(), entries),
    async register(entries) {
      checkUsable();
      await registerEntries({ control, secrets, clock, principals }, entries);
    },
  });
  giveDoor(keyring, door);
  return keyring;
}

/** In development everybody is one and the same, unless the application says otherwise. */
function developmentPrincipal({ development }: KeyringOptions): string | undefined {
  return development === true ? 'service/development' : undefined;
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
    return await createKeyring(primitives, options, limits, unlocked);
  } catch (error) {
    unlocked.rootKey.destroy();
    secrets.destroy();
    throw error;
  }
}
