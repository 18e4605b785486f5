import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { awaitsRotation, currentVersion, isPending, rotationOf } from './key-materials.ts';
import { dateOf, materialExpiry, materialId } from './key-metadata.ts';
import type { PageOrder } from './page.ts';

export const INCLUDED = ['ROTATIONS_ONLY', 'ALL_KEY_MATERIAL'] as const;
export type IncludeKeyMaterial = (typeof INCLUDED)[number];

export interface RotationListEntry {
  readonly KeyId: string;
  readonly KeyMaterialId: string;
  readonly KeyMaterialState: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION';
  /** Of versions that came by a rotation: when it took, or is to take over. */
  readonly RotationDate?: Date;
  readonly RotationType?: 'AUTOMATIC' | 'ON_DEMAND';
  /** Of imported material, as the next two. */
  readonly ImportState?: 'IMPORTED' | 'PENDING_IMPORT';
  readonly ExpirationModel?: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  readonly ValidTo?: Date;
}

export const OLDEST_FIRST: PageOrder<KeyVersionRecord> = {
  nameOf: ({ version }) => String(version).padStart(10, '0'),
  pattern: /^\d{10}$/,
};

/**
 * Whether a version has come to seal, by a rotation. One that was announced and then revoked, or
 * passed over for another one, never has: the other one was made before its time had come.
 */
function hasTakenOver(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  version: KeyVersionRecord,
): boolean {
  const rotation = rotationOf(snapshot, version);
  if (rotation === undefined || isPending(snapshot, version)) return false;
  const current = currentVersion(snapshot, key);
  if (current !== undefined && current.version < version.version) return false;
  const all = snapshot.rotations.get(key.id) ?? [];
  return !all.some(
    (other) => other.version > version.version && other.stagedAt < rotation.activateAt,
  );
}

/** What a list of rotations is made of. */
export function listedVersions(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  include: IncludeKeyMaterial,
): readonly KeyVersionRecord[] {
  const versions = [...key.versions.values()];
  if (include === 'ROTATIONS_ONLY') {
    // as in AWS KMS: rotations that are complete; what is only announced is material
    return versions.filter((version) => hasTakenOver(snapshot, key, version));
  }
  // what was taken back before it was ever used belongs to no list
  return versions.filter(
    (version) => version.state !== 'DESTROYED' || !awaitsRotation(snapshot, version),
  );
}

function imported(key: KeyRecord, version: KeyVersionRecord): Partial<RotationListEntry> {
  if (key.origin !== 'EXTERNAL') return {};
  if (version.state === 'DESTROYED') return { ImportState: 'PENDING_IMPORT' };
  return { ImportState: 'IMPORTED', ...materialExpiry(version) };
}

export function rotationEntry(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  version: KeyVersionRecord,
): RotationListEntry {
  const rotation = awaitsRotation(snapshot, version) ? undefined : rotationOf(snapshot, version);
  const other = version.state === 'STAGED' ? 'PENDING_ROTATION' : 'NON_CURRENT';
  return {
    KeyId: key.id,
    KeyMaterialId: materialId(version),
    KeyMaterialState: version === currentVersion(snapshot, key) ? 'CURRENT' : other,
    ...(rotation === undefined
      ? {}
      : {
          RotationDate: dateOf(rotation.activateAt),
          RotationType: rotation.type as 'AUTOMATIC' | 'ON_DEMAND',
        }),
    ...imported(key, version),
  };
}
