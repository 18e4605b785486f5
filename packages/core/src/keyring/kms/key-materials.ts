import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { KeyRotationRecord } from '../../keys/key-records.ts';
import type { VersionState } from '../../keys/key-states.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import type { RowMaker } from './row-maker.ts';

/** How a version after the first came to be. */
export function rotationOf(
  snapshot: ControlSnapshot,
  { keyId, version }: Pick<KeyVersionRecord, 'keyId' | 'version'>,
): KeyRotationRecord | undefined {
  return snapshot.rotations.get(keyId)?.find((rotation) => rotation.version === version);
}

/** Whether the material of a version in this state is here and of use. */
export function isOfUse(state: VersionState): boolean {
  return state !== 'DESTROYED' && state !== 'REVOKED';
}

/** Imported material that no rotation has made part of its key yet, as nobody asked for one. */
export function awaitsRotation(snapshot: ControlSnapshot, version: KeyVersionRecord): boolean {
  if (rotationOf(snapshot, version)?.type === 'IMPORT') return true;
  // announced, and expired before it took over: its row is not wiped yet
  return version.state === 'DESTROYED' && version.row.columns.state === 'STAGED';
}

/** Imported material that has never been that of its key: nobody asked for it, or it was announced. */
export function isPending(snapshot: ControlSnapshot, version: KeyVersionRecord): boolean {
  return version.row.columns.state === 'STAGED' || awaitsRotation(snapshot, version);
}

/** The version that seals, also while its imported material is missing. */
export function currentVersion(
  snapshot: ControlSnapshot,
  key: KeyRecord,
): KeyVersionRecord | undefined {
  if (key.primary !== undefined) return key.primary;
  // a primary version is revoked by no call: one that is revoked was announced only, or has a successor
  const own = [...key.versions.values()].filter(
    (version) =>
      version.state !== 'STAGED' &&
      version.state !== 'REVOKED' &&
      !awaitsRotation(snapshot, version),
  );
  return own.sort((a, b) => b.version - a.version)[0];
}

/** Whether a key can be used as far as its material goes: as in AWS KMS it needs all of it. */
export function hasAllMaterial(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  /** As if this one were here. */
  besides?: KeyVersionRecord,
): boolean {
  const missing = [...key.versions.values()].filter(
    (version) =>
      version.state === 'DESTROYED' && version !== besides && !awaitsRotation(snapshot, version),
  );
  // of ours nothing comes back: a version that was retired is not missing
  return (missing.length === 0 || key.origin !== 'EXTERNAL') && key.versions.size > 0;
}

/**
 * Rows without the material. What is revoked stays so, also if the bytes are imported again. What was
 * announced and never took over waits for another rotation, when it comes again.
 */
export function wipedVersion(
  rows: RowMaker,
  snapshot: ControlSnapshot,
  version: KeyVersionRecord,
): readonly ControlRow[] {
  const state = version.state === 'REVOKED' ? 'REVOKED' : 'DESTROYED';
  const rotation = rotationOf(snapshot, version);
  const wiped = rows.destroyedVersion(version, state);
  if (version.row.columns.state !== 'STAGED' || rotation === undefined) return [wiped];
  return [wiped, rows.rotation({ ...rotation, type: 'IMPORT' })];
}
