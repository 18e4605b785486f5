import type { KeyCache, Lent, Outcome } from '../cache/cached-keys.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import { FIRST_INDEX_GENERATION } from '../keys/index-state.ts';
import { isServiceAlias } from './alias.ts';
import type { Authorise } from './authorise.ts';
import type { ControlSession } from './control-session.ts';
import type { NewIndexKey, NewKey } from './create-key-rows.ts';
import { createLease, type LeaseEntries } from './create-lease.ts';
import type { IsDataKeyAged } from './data-key-age.ts';
import type { DataKeyMaker } from './data-key-maker.ts';
import { findKey } from './find-key.ts';
import type { IndexKeyMaker } from './index-key-maker.ts';
import type { KeyDoor, KeyLease, KeyRequest } from './key-door.ts';
import type { LoadedKey } from './key-loader.ts';
import { nameById, nameOfActive, nameOfIndexKey } from './key-name.ts';
import { isSealing, isVersionUsable, requireState, requireUsable } from './key-usability.ts';
import { requireUsage } from './kms/cryptography.ts';
import type { EnsureAlias } from './manage-keys.ts';
import type { ReachedUse } from './reach.ts';
import type { StoreGate } from './store-gate.ts';

/** One key that a call needs. */
interface Want {
  /** Name in the cache. */
  readonly name: string;
  /**
   * What to make when there is none: an index key where it has a generation, else an active data key,
   * also when there is none under the primary version.
   */
  readonly active?: NewKey | NewIndexKey;
  /** Puts the key where the lease finds it. */
  readonly place: (entries: LeaseEntries, lent: Lent<LoadedKey>) => void;
}

const BATCH = 1000;
const MAX_ATTEMPTS = 3;
const OPENING: readonly ReachedUse[] = ['open'];
const SEALING: readonly ReachedUse[] = ['seal'];
const BOTH: readonly ReachedUse[] = ['seal', 'open'];

export interface DoorOptions {
  readonly environment: string;
  readonly defaultSuite: Suite;
  readonly control: ControlSession;
  readonly cache: KeyCache<LoadedKey>;
  readonly dataKeys: DataKeyMaker;
  readonly indexKeys: IndexKeyMaker;
  readonly ensureAlias: EnsureAlias;
  readonly authorise: Authorise;
  readonly createMissingAliases: boolean;
  /** Throws when no key may be used any more. */
  readonly checkUsable: () => void;
  readonly gate: Pick<StoreGate, 'pass'>;
  readonly isAged: IsDataKeyAged;
}

/** A lookup by token is a way to read. */
function usesOf({ seal = [], open, index = [], writes }: KeyRequest): readonly ReachedUse[] {
  if (seal.length > 0 || writes === true)
    return open === undefined && index.length === 0 ? SEALING : BOTH;
  return OPENING;
}

/** What the door passes on from elsewhere. */
type OfTheStore =
  | 'observer'
  | 'registered'
  | 'register'
  | 'unregistered'
  | 'phaseOf'
  | 'indexStateOf'
  | 'indexGenerationsOf'
  | 'requiredIndexesOf'
  | 'countPlaintext';

/** Validates, authorises, checks states and lends keys; see {@link KeyDoor}. */
export function createDoor(options: DoorOptions & Pick<KeyDoor, OfTheStore>): KeyDoor {
  const { control, cache, ensureAlias, authorise, createMissingAliases } = options;

  async function prepareAlias(alias: string): Promise<void> {
    if (control.snapshot().aliases.has(alias)) return;
    await control.poll();
    if (control.snapshot().aliases.has(alias)) return;
    if (isServiceAlias(alias)) await ensureAlias(alias, 'SERVICE');
    else if (createMissingAliases) await ensureAlias(alias, 'CUSTOMER');
  }

  function hasAliases(request: KeyRequest): boolean {
    const { aliases } = control.snapshot();
    for (const { alias } of request.seal ?? []) if (!aliases.has(alias)) return false;
    for (const { alias } of request.index ?? []) if (!aliases.has(alias)) return false;
    return true;
  }

  /** Everything that a request asks for, authorised and in a state to be used. */
  function wantsOf(request: KeyRequest, snapshot: ControlSnapshot): readonly Want[] {
    const { operation } = request;
    const wants: Want[] = [];
    for (const { alias, scope } of request.seal ?? []) {
      const key = findKey(snapshot, alias);
      authorise({ operation, snapshot, action: 'Encrypt', key, scope });
      requireUsage(key, 'ENCRYPT_DECRYPT');
      wants.push({
        name: nameOfActive(key.id, scope),
        active: { key, scope },
        place: (entries, lent) => entries.sealing(alias, scope, lent),
      });
    }
    for (const { alias, tenant, generation = FIRST_INDEX_GENERATION } of request.index ?? []) {
      const key = findKey(snapshot, alias);
      const scope = tenant === undefined ? {} : { tenant };
      authorise({ operation, snapshot, action: 'GenerateMac', key, scope });
      requireUsage(key, 'ENCRYPT_DECRYPT');
      wants.push({
        name: nameOfIndexKey({ keyId: key.id, scope, generation }),
        active: { key, scope, generation },
        place: (entries, lent) => entries.index({ alias, tenant, generation }, lent),
      });
    }
    for (const id of request.open ?? []) {
      wants.push({
        name: nameById('data_key', id),
        place: (entries, lent) => entries.opening(id, lent),
      });
    }
    return wants;
  }

  /** Loading may have read newer control rows, so what `wantsOf` saw of a key may be over. */
  function asOfNow(snapshot: ControlSnapshot, { id }: KeyRecord): KeyRecord {
    const key = findKey(snapshot, id);
    requireState(snapshot, key, 'Encrypt');
    return key;
  }

  /** Whether a key may be used for this now; authorises opening, once for each data key. */
  function fits(want: Want, loaded: LoadedKey, operation: string): boolean {
    const snapshot = control.snapshot();
    const { facts } = loaded;
    // after a rotation the next write makes a data key under the new version, also when the old
    // version was revoked meanwhile
    if (want.active !== undefined && loaded.kind === 'data-key') {
      const { primary } = asOfNow(snapshot, want.active.key);
      if (facts.keyVersion !== primary?.version) return false;
      if (options.isAged(facts.createdAtMs)) return false;
    }
    if (want.active === undefined) {
      const key = findKey(snapshot, facts.keyId);
      authorise({ operation, snapshot, action: 'Decrypt', key, scope: loaded.scope });
    }
    requireUsable(snapshot, facts);
    return want.active === undefined || isSealing(facts);
  }

  /** What is warm, unless its version was ended: it may have been rewrapped before that. */
  function lendCurrent(name: string): Lent<LoadedKey> | null | undefined {
    const lent = cache.lend(name);
    if (lent === undefined || lent === null) return lent;
    const { keyId, keyVersion } = lent.value.facts;
    const snapshot = control.snapshot();
    const version = snapshot.keys.get(keyId)?.versions.get(keyVersion);
    if (version === undefined || isVersionUsable(snapshot, version, 'open')) return lent;
    cache.release(lent);
    cache.forget(name);
    return undefined;
  }

  /** Lends what is warm; gives back what is not. */
  function lendWarm(
    wants: readonly Want[],
    entries: LeaseEntries,
    operation: string,
  ): { readonly cold: Want[]; readonly unmade: Want[] } {
    const cold: Want[] = [];
    const unmade: Want[] = [];
    for (const want of wants) {
      const lent = lendCurrent(want.name);
      if (lent === undefined) cold.push(want);
      else if (lent !== null) take(want, lent, entries, operation, unmade);
      else if (want.active !== undefined) unmade.push(want);
    }
    return { cold, unmade };
  }

  function take(
    want: Want,
    lent: Lent<LoadedKey>,
    entries: LeaseEntries,
    operation: string,
    unmade: Want[],
  ): void {
    entries.hold(lent);
    if (fits(want, lent.value, operation)) want.place(entries, lent);
    else unmade.push(want);
  }

  /** Uses what one name came to; `false` when a key that was asked for by id does not exist. */
  function settle(
    want: Want,
    outcome: Outcome<LoadedKey>,
    entries: LeaseEntries,
    call: { readonly operation: string; readonly unmade: Want[] },
  ): boolean {
    if (outcome !== null && 'error' in outcome) throw outcome.error;
    if (outcome !== null && fits(want, outcome.value, call.operation)) {
      want.place(entries, outcome);
      return true;
    }
    if (want.active === undefined) return false;
    call.unmade.push(want);
    return true;
  }

  /** Loads one batch; `false` when a key that was asked for by id does not exist. */
  async function fetchBatch(
    batch: readonly Want[],
    entries: LeaseEntries,
    call: { readonly operation: string; readonly unmade: Want[] },
  ): Promise<boolean> {
    const outcomes = await cache.fetch(batch.map(({ name }) => name));
    // everything that was lent is held before anything throws
    for (const outcome of outcomes) {
      if (outcome !== null && 'value' in outcome) entries.hold(outcome);
    }
    const settled = batch.map((want, i) => settle(want, outcomes[i] ?? null, entries, call));
    return settled.every(Boolean);
  }

  async function fetchCold(
    cold: readonly Want[],
    entries: LeaseEntries,
    operation: string,
    unmade: Want[],
  ): Promise<void> {
    for (let start = 0; start < cold.length; start += BATCH) {
      const batch = cold.slice(start, start + BATCH);
      // one cell under no key fails the whole query: no need to look for more of them
      if (!(await fetchBatch(batch, entries, { operation, unmade }))) return;
    }
  }

  async function make(wants: readonly Want[]): Promise<void> {
    const snapshot = control.snapshot();
    const wanted = wants.flatMap(({ active }) =>
      active === undefined ? [] : [{ ...active, key: asOfNow(snapshot, active.key) }],
    );
    const indexKeys = wanted.filter((want) => 'generation' in want);
    const dataKeys = wanted.filter((want) => !('generation' in want));
    if (dataKeys.length > 0) await options.dataKeys.make(dataKeys);
    if (indexKeys.length > 0) await options.indexKeys.make(indexKeys);
  }

  async function lease(request: KeyRequest, entries: LeaseEntries): Promise<void> {
    const { operation } = request;
    let wants = wantsOf(request, control.snapshot());
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { cold, unmade } = lendWarm(wants, entries, operation);
      if (cold.length > 0) await fetchCold(cold, entries, operation, unmade);
      if (unmade.length === 0) return;
      await make(unmade);
      for (const { name } of unmade) cache.forget(name);
      wants = unmade;
    }
    throw new FieldsealError('ERR_STORE_CONFLICT', 'Data keys changed while they were made');
  }

  return {
    environment: options.environment,
    defaultSuite: options.defaultSuite,
    observer: options.observer,
    registered: options.registered,
    register: options.register,
    unregistered: options.unregistered,
    phaseOf: options.phaseOf,
    indexStateOf: options.indexStateOf,
    indexGenerationsOf: options.indexGenerationsOf,
    requiredIndexesOf: options.requiredIndexesOf,
    countPlaintext: options.countPlaintext,
    async lease(request): Promise<KeyLease> {
      options.checkUsable();
      const waiting = options.gate.pass(usesOf(request));
      if (waiting !== undefined) await waiting;
      if (!hasAliases(request)) {
        for (const { alias } of request.seal ?? []) await prepareAlias(alias);
        for (const { alias } of request.index ?? []) await prepareAlias(alias);
      }
      const entries = createLease(cache.release);
      try {
        await lease(request, entries);
        return entries.lease;
      } catch (error) {
        entries.lease.release();
        throw error;
      }
    },
  };
}
