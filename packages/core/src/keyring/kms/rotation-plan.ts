import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { isDestroyed } from '../key-usability.ts';
import { awaitsRotation, rotationOf } from './key-materials.ts';
import type { KmsParts } from './kms-parts.ts';
import { nextVersion } from './next-version.ts';

const DAY = 86_400_000_000n;
const SERVICE_DAYS = 365;

/** Days between automatic rotations of a key; `null`: there are none. */
export function rotationDays(snapshot: ControlSnapshot, key: KeyRecord): number | null {
  if (key.owner === 'SERVICE') return SERVICE_DAYS;
  return snapshot.settings.get(key.id)?.rotationDays ?? null;
}

/**
 * When a key is due, in microseconds since 1970. Counted from stored times, so that no process has
 * to have been running; a rotation on demand changes nothing of it.
 */
export function nextRotation(snapshot: ControlSnapshot, key: KeyRecord): bigint | null {
  const days = rotationDays(snapshot, key);
  if (days === null) return null;
  const rotations = snapshot.rotations.get(key.id) ?? [];
  const automatic = rotations.filter(({ type }) => type === 'AUTOMATIC').at(-1)?.stagedAt ?? 0n;
  const from = snapshot.settings.get(key.id)?.rotationFrom ?? key.createdAt;
  return (automatic > from ? automatic : from) + BigInt(days) * DAY;
}

/** The version that every process can see and none uses yet. */
export function stagedVersion(key: KeyRecord): KeyVersionRecord | undefined {
  return [...key.versions.values()].find(({ state }) => state === 'STAGED');
}

/** Whether a key is to get another version by its schedule, at a time that all processes share. */
export function isRotationDue(snapshot: ControlSnapshot, key: KeyRecord, time: bigint): boolean {
  const at = nextRotation(snapshot, key);
  const isDue = at !== null && at <= time && !isDestroyed(snapshot, key);
  return isDue && key.state === 'Enabled' && stagedVersion(key) === undefined;
}

/** When a version that is announced at a time takes over: when all processes can have seen it. */
export function stagedAt(
  { stagingMs }: Pick<KmsParts, 'stagingMs'>,
  time: bigint,
): { readonly stagedAt: bigint; readonly activateAt: bigint } {
  return { stagedAt: time, activateAt: time + BigInt(stagingMs) * 1000n };
}

/**
 * Rows of a new version that takes over when all processes can have seen it.
 * @param staging.time - That of all processes: with the clock of one, those of others would see the
 * version before its time or long after it.
 */
export function stageVersion(
  parts: Pick<KmsParts, 'rows' | 'stagingMs'>,
  snapshot: ControlSnapshot,
  {
    key,
    type,
    time,
  }: {
    readonly key: KeyRecord;
    readonly type: 'AUTOMATIC' | 'ON_DEMAND';
    readonly time: bigint;
  },
): ControlRow[] {
  const version = nextVersion(snapshot, key);
  const { rows } = parts;
  return [
    rows.version(key, { number: version, state: 'STAGED' }),
    rows.rotation({ keyId: key.id, version, type, ...stagedAt(parts, time) }),
  ];
}

/** When a staged version is to take over; `null`: imported, it waits for `rotateKeyOnDemand`. */
export function activationOf(snapshot: ControlSnapshot, version: KeyVersionRecord): bigint | null {
  if (awaitsRotation(snapshot, version)) return null;
  return rotationOf(snapshot, version)?.activateAt ?? 0n;
}

/** Rows by which a staged version takes over from the primary one. */
export function activateVersion(
  { rows }: Pick<KmsParts, 'rows'>,
  key: KeyRecord,
  staged: KeyVersionRecord,
): ControlRow[] {
  const former =
    key.primary === undefined ? [] : [rows.changedVersion(key.primary, 'DECRYPT_ONLY')];
  return [...former, rows.changedVersion(staged, 'PRIMARY')];
}
