import { latin1 } from '../bytes/latin1.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../keys/control-snapshot.ts';
import {
  dataKeyVerdict,
  KEY_STATE_TABLE,
  type KeyOperation,
  type MaterialUse,
  VERSION_STATE_TABLE,
  type Verdict,
  type VersionState,
} from '../keys/key-states.ts';
import { isShredded, type ShreddedScope } from '../keys/shredded-scopes.ts';
import { versionTombstoneId } from '../keys/version-tombstone.ts';
import { keyIdBytes } from '../keys/wrap-context.ts';

/** Whether a tombstone stands for this key; it wins over whatever the rows say. */
export function isDestroyed(snapshot: ControlSnapshot, key: KeyRecord): boolean {
  if (key.state === 'Destroyed') return true;
  // asked for every key of every call, and most stores have destroyed nothing
  return snapshot.tombstones.size > 0 && snapshot.tombstones.has(latin1(keyIdBytes(key.id)));
}

const MESSAGES: Readonly<Partial<Record<Verdict, string>>> = {
  ERR_KEY_DISABLED: 'The key is disabled',
  ERR_KEY_STATE: 'The state of the key or of its version does not allow it',
  ERR_KEY_UNAVAILABLE: 'The key is kept elsewhere, and not within reach now',
  ERR_KEY_DESTROYED: 'The key was destroyed',
  ERR_KEY_VERSION_REVOKED: 'The key version or the data key was revoked',
  ERR_OPERATION_UNSUPPORTED: 'Keys like this do not have the operation',
};

interface Place {
  readonly keyId: string;
  readonly keyVersion?: number;
  readonly reason?: string;
}

function obey(verdict: Verdict, place: Place): void {
  if (verdict === 'ok') return;
  throw new FieldsealError(verdict, MESSAGES[verdict] ?? 'The key does not allow it', place);
}

/**
 * Holds an operation to the state of its key.
 * @throws `ERR_KEY_DISABLED`, `ERR_KEY_STATE`, `ERR_KEY_UNAVAILABLE`, `ERR_KEY_DESTROYED`,
 * `ERR_OPERATION_UNSUPPORTED`; `meta.reason` has the state.
 */
export function requireState(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  operation: KeyOperation,
): void {
  const state = isDestroyed(snapshot, key) ? 'Destroyed' : key.state;
  obey(KEY_STATE_TABLE[operation][state], { keyId: key.id, reason: state });
}

/** Whether a tombstone stands for this version; it wins over whatever its row says. */
export function isRetired(
  { tombstones }: ControlSnapshot,
  { keyId, version }: Pick<KeyVersionRecord, 'keyId' | 'version'>,
): boolean {
  if (tombstones.size === 0) return false;
  return tombstones.has(latin1(versionTombstoneId(keyId, version)));
}

function versionState(snapshot: ControlSnapshot, version: KeyVersionRecord): VersionState {
  return isRetired(snapshot, version) ? 'DESTROYED' : version.state;
}

/**
 * Whether one version may be ended by itself, as far as its state goes.
 * @throws `ERR_KEY_STATE`, `ERR_KEY_DESTROYED`
 */
export function requireRetirable(snapshot: ControlSnapshot, version: KeyVersionRecord): void {
  const state = versionState(snapshot, version);
  const place = { keyId: version.keyId, keyVersion: version.version, reason: state };
  obey(VERSION_STATE_TABLE.retire[state], place);
}

/**
 * Holds the use of one version to its state, and opening to the oldest version that may still.
 * @throws `ERR_KEY_VERSION_REVOKED`, `ERR_KEY_STATE`, `ERR_KEY_DESTROYED`
 */
export function requireVersion(
  snapshot: ControlSnapshot,
  record: KeyVersionRecord,
  use: MaterialUse,
): void {
  const { keyId, version } = record;
  const state = versionState(snapshot, record);
  obey(VERSION_STATE_TABLE[use][state], { keyId, keyVersion: version, reason: state });
  const least = snapshot.settings.get(keyId)?.minDecryptVersion ?? 0;
  if (version < least) {
    obey('ERR_KEY_VERSION_REVOKED', { keyId, keyVersion: version, reason: 'MIN_DECRYPT_VERSION' });
  }
}

/** Whether {@link requireVersion} lets it pass. */
export function isVersionUsable(
  snapshot: ControlSnapshot,
  record: KeyVersionRecord,
  use: MaterialUse,
): boolean {
  const { keyId, version } = record;
  const least = snapshot.settings.get(keyId)?.minDecryptVersion ?? 0;
  return VERSION_STATE_TABLE[use][versionState(snapshot, record)] === 'ok' && version >= least;
}

/**
 * Holds the use and the making of keys to the tombstones of scopes.
 * @throws `ERR_KEY_DESTROYED`; `meta.reason` is `SHREDDED`
 */
export function requireScope(
  { shredded }: ControlSnapshot,
  scope: ShreddedScope,
  keyId: string,
): void {
  if (!isShredded(shredded, scope)) return;
  const message = 'The keys of this tenant or subject were shredded';
  throw new FieldsealError('ERR_KEY_DESTROYED', message, { keyId, reason: 'SHREDDED' });
}

/** What a stored data key or index key says of itself, verified. */
export interface ChildKeyFacts {
  /** 16 bytes as latin1 text. */
  readonly id: string;
  readonly keyId: string;
  readonly keyVersion: number;
  readonly state: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Whose data it covers. */
  readonly scope: ShreddedScope;
}

/** Whether a key that may be used seals or makes tokens; where it does not, another is to be made. */
export function isSealing({ state }: Pick<ChildKeyFacts, 'state'>): boolean {
  return dataKeyVerdict('seal', state) === 'ok';
}

/**
 * Whether a data key or index key may be used now: neither it nor its key is destroyed, the key is
 * enabled, and neither it nor the key version above it was revoked.
 *
 * @throws `ERR_KEY_DESTROYED`, `ERR_KEY_DISABLED`, `ERR_KEY_STATE`, `ERR_KEY_UNAVAILABLE`,
 * `ERR_KEY_VERSION_REVOKED`, `ERR_STORE_INTEGRITY`
 */
export function requireUsable(snapshot: ControlSnapshot, child: ChildKeyFacts): void {
  const { id, keyId, keyVersion, state, scope } = child;
  requireScope(snapshot, scope, keyId);
  if (snapshot.tombstones.has(id)) obey('ERR_KEY_DESTROYED', { keyId });
  const key = snapshot.keys.get(keyId);
  const version = key?.versions.get(keyVersion);
  const verdict = dataKeyVerdict('open', state);
  if (key === undefined || version === undefined || verdict === 'ERR_STORE_INTEGRITY') {
    const message = 'A stored key names no key above it, or is in no known state';
    throw new FieldsealError('ERR_STORE_INTEGRITY', message, { keyId });
  }
  requireState(snapshot, key, 'Decrypt');
  requireVersion(snapshot, version, 'open');
  obey(verdict, { keyId, keyVersion, reason: state });
}
