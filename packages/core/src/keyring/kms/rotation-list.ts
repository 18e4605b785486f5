import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { awaitsRotation, currentVersion, rotationOf } from './key-materials.ts';
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

/** Versions count up; names that sort count down. */
export const NEWEST_FIRST: PageOrder<KeyVersionRecord> = {
  nameOf: ({ version }) => String(2 ** 32 - version).padStart(10, '0'),
  pattern: /^\d{10}$/,
};

/** What a list of rotations is made of. */
export function listedVersions(
  snapshot: ControlSnapshot,
  key: KeyRecord,
  include: IncludeKeyMaterial,
): readonly KeyVersionRecord[] {
  const versions = [...key.versions.values()];
  if (include === 'ROTATIONS_ONLY') {
    // as in AWS KMS: rotations that are complete; what is only announced is material
    return versions.filter(
      (version) =>
        version.state !== 'STAGED' &&
        rotationOf(snapshot, version) !== undefined &&
        !awaitsRotation(snapshot, version),
    );
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
