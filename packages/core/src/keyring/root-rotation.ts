import type { ControlSnapshot, KeyVersionRecord } from '../keys/control-snapshot.ts';
import type { AccessDecision } from '../policy/access-decision.ts';
import type { ChangeFacts } from './control-session.ts';
import { decisionName, type KmsParts } from './kms/kms-parts.ts';

/** How far the rotation of a root key is. */
export interface RootKeyRotation {
  /**
   * `published`: slots of the new root key are there, for all processes to open. `rewrapping`: the new one
   * wraps, and what is under the old one is moved. `done`: nothing is under another one.
   */
  readonly state: 'published' | 'rewrapping' | 'done';
  /** Of the newest root key. */
  readonly generation: number;
  /** Versions of keys that are under an older one. */
  readonly left: number;
  /** Versions that this call moved. */
  readonly rewrapped: number;
  /** Milliseconds until the next step; 0: now. */
  readonly waitMs: number;
}

/** The generation that slots are there of, whether or not anything is under it yet. */
export function newestGeneration({ slots, storeKey }: ControlSnapshot): number {
  return Math.max(storeKey.rootGeneration, ...slots.map(({ rootGeneration }) => rootGeneration));
}

/** Versions that are under another root key than the store key is. */
export function versionsLeft({ keys, storeKey }: ControlSnapshot): readonly KeyVersionRecord[] {
  return [...keys.values()]
    .flatMap((key) => [...key.versions.values()])
    .filter(({ rootGeneration }) => rootGeneration !== storeKey.rootGeneration);
}

/** Microseconds since 1970 from which on every process can have opened the newest root key. */
function publishedUntil({ slots }: ControlSnapshot, generation: number, stagingMs: number): bigint {
  const made = slots.filter(({ rootGeneration }) => rootGeneration === generation);
  const last = made.reduce((at, slot) => (slot.createdAt > at ? slot.createdAt : at), 0n);
  return last + BigInt(stagingMs) * 1000n;
}

/** Told from the rows alone: no process has to remember it. */
export function rotationState(snapshot: ControlSnapshot): RootKeyRotation['state'] {
  const generation = newestGeneration(snapshot);
  if (generation !== snapshot.storeKey.rootGeneration) return 'published';
  const isLast = snapshot.slots.every(({ rootGeneration }) => rootGeneration === generation);
  return isLast && versionsLeft(snapshot).length === 0 ? 'done' : 'rewrapping';
}

/**
 * How far it is, by the time that all processes share: one whose clock is ahead would let the new root
 * key wrap before others can have opened it, and one whose clock is behind never.
 */
export async function rotationProgress(
  { time, stagingMs }: Pick<KmsParts, 'time' | 'stagingMs'>,
  snapshot: ControlSnapshot,
  rewrapped = 0,
): Promise<RootKeyRotation> {
  const state = rotationState(snapshot);
  const generation = newestGeneration(snapshot);
  const shared = { state, generation, left: versionsLeft(snapshot).length, rewrapped };
  if (state !== 'published') return { ...shared, waitMs: 0 };
  const leftUs = publishedUntil(snapshot, generation, stagingMs) - (await time.shared());
  return { ...shared, waitMs: leftUs > 0n ? Math.ceil(Number(leftUs) / 1000) : 0 };
}

/** Who allowed it, and the entry of the audit trail that says what was done. */
export interface RootRotationRight {
  readonly decision: AccessDecision;
  audit(details: NonNullable<ChangeFacts['details']>): readonly ChangeFacts[];
}

/**
 * Whether the caller may, and what the audit trail says of it.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
 */
export function authoriseRootRotation(
  { access }: Pick<KmsParts, 'access'>,
  snapshot: ControlSnapshot,
  action: 'RotateRootKey' | 'RewrapRootKey',
): RootRotationRight {
  const decision = access.service(snapshot, { operation: 'RotateRootKey' });
  const principal = access.principals.current();
  const facts = { principal, action, readOnly: false, decision: decisionName(decision) };
  return { decision, audit: (details) => [{ ...facts, details }] };
}
