import { latin1 } from '../bytes/latin1.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../keys/control-snapshot.ts';
import { keyIdBytes } from '../keys/wrap-context.ts';

function destroyed(keyId: string): FieldsealError {
  return new FieldsealError('ERR_KEY_DESTROYED', 'The key was destroyed', { keyId });
}

/** Whether a tombstone stands for this key; it wins over whatever the rows say. */
export function isDestroyed(snapshot: ControlSnapshot, key: KeyRecord): boolean {
  if (key.state === 'Destroyed') return true;
  // asked for every key of every call, and most stores have destroyed nothing
  return snapshot.tombstones.size > 0 && snapshot.tombstones.has(latin1(keyIdBytes(key.id)));
}

/**
 * Only an enabled key seals, opens or makes tokens (the state table of AWS KMS; a key that waits
 * for its deletion counts as disabled, since the deletion can still be cancelled).
 *
 * @throws `ERR_KEY_DESTROYED`, `ERR_KEY_DISABLED`; `meta.reason` has the state.
 */
export function requireEnabled(snapshot: ControlSnapshot, key: KeyRecord): void {
  if (isDestroyed(snapshot, key)) throw destroyed(key.id);
  if (key.state !== 'Enabled') {
    throw new FieldsealError('ERR_KEY_DISABLED', 'The key is not enabled', {
      keyId: key.id,
      reason: key.state,
    });
  }
}

/** What a stored data key or index key says of itself, verified. */
export interface ChildKeyFacts {
  /** 16 bytes as latin1 text. */
  readonly id: string;
  readonly keyId: string;
  readonly keyVersion: number;
  readonly state: string;
}

const OPENING_STATES: ReadonlySet<string> = new Set(['ACTIVE', 'DECRYPT_ONLY']);
const UNWRAPPING_STATES: ReadonlySet<string> = new Set(['PRIMARY', 'DECRYPT_ONLY']);

/**
 * Whether a data key or index key may be used now: neither it nor its key is destroyed, the key is
 * enabled, and neither it nor the key version above it was revoked.
 *
 * @throws `ERR_KEY_DESTROYED`, `ERR_KEY_DISABLED`, `ERR_STORE_INTEGRITY`
 */
export function requireUsable(snapshot: ControlSnapshot, child: ChildKeyFacts): void {
  if (snapshot.tombstones.has(child.id)) throw destroyed(child.keyId);
  const key = snapshot.keys.get(child.keyId);
  if (key === undefined) {
    throw new FieldsealError('ERR_STORE_INTEGRITY', 'A stored key names no key above it', {
      keyId: child.keyId,
    });
  }
  requireEnabled(snapshot, key);
  const version = key.versions.get(child.keyVersion);
  const usable = version !== undefined && UNWRAPPING_STATES.has(version.state);
  if (!usable || !OPENING_STATES.has(child.state)) {
    throw new FieldsealError('ERR_KEY_DISABLED', 'The key version or the data key was revoked', {
      keyId: child.keyId,
      keyVersion: child.keyVersion,
    });
  }
}
