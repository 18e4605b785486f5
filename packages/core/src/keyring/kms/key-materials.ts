import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { KeyRotationRecord } from '../../keys/key-records.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import type { RowMaker } from './row-maker.ts';

/** How a version after the first came to be. */
export function rotationOf(
  snapshot: ControlSnapshot,
  { keyId, version }: Pick<KeyVersionRecord, 'keyId' | 'version'>,
): KeyRotationRecord | undefined {
  return snapshot.rotations.get(keyId)?.find((rotation) => rotation.version === version);
}

/** Imported material that no rotation has made part of its key yet, as nobody asked for one. */
export function awaitsRotation(snapshot: ControlSnapshot, version: KeyVersionRecord): boolean {
  return rotationOf(snapshot, version)?.type === 'IMPORT';
}

/** The version that seals, also while its imported material is missing. */
export function currentVersion(
  snapshot: ControlSnapshot,
  key: KeyRecord,
): KeyVersionRecord | undefined {
  if (key.primary !== undefined) return key.primary;
  const own = [...key.versions.values()].filter(
    (version) => version.state !== 'STAGED' && !awaitsRotation(snapshot, version),
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

/** A row without the material. What is revoked stays so, also if the bytes are imported again. */
export function wipedVersion(rows: RowMaker, version: KeyVersionRecord): ControlRow {
  return rows.destroyedVersion(version, version.state === 'REVOKED' ? 'REVOKED' : 'DESTROYED');
}

/** Versions whose material is here and of use. */
export function liveVersions(key: KeyRecord): readonly KeyVersionRecord[] {
  return [...key.versions.values()].filter(
    ({ state }) => state !== 'DESTROYED' && state !== 'REVOKED',
  );
}
