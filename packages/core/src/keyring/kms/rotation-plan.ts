import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { microseconds } from '../primitives.ts';
import type { KmsParts } from './kms-parts.ts';

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

/** Whether a key is to get another version now by its schedule. */
export function isRotationDue(
  { primitives }: Pick<KmsParts, 'primitives'>,
  snapshot: ControlSnapshot,
  key: KeyRecord,
): boolean {
  const at = nextRotation(snapshot, key);
  const isDue = at !== null && at <= microseconds(primitives.clock);
  return isDue && key.state === 'Enabled' && stagedVersion(key) === undefined;
}

/** Rows of a new version that takes over when all processes can have seen it. */
export function stageVersion(
  { rows, primitives, stagingMs }: KmsParts,
  key: KeyRecord,
  type: 'AUTOMATIC' | 'ON_DEMAND',
): ControlRow[] {
  const number = Math.max(0, ...key.versions.keys()) + 1;
  const activateAt = microseconds(primitives.clock) + BigInt(stagingMs) * 1000n;
  return [
    rows.version(key, { number, state: 'STAGED' }),
    rows.rotation({ keyId: key.id, version: number, type, activateAt }),
  ];
}

/** When a staged version is to take over. */
export function activationOf(snapshot: ControlSnapshot, version: KeyVersionRecord): bigint {
  const rotations = snapshot.rotations.get(version.keyId) ?? [];
  return rotations.find((rotation) => rotation.version === version.version)?.activateAt ?? 0n;
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
