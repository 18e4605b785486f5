import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { buriedVersions } from '../../keys/version-tombstone.ts';

/**
 * The number of a version that is to be made: one that no version has, and none had. A backup may
 * have come back from before a version was made that its tombstone names, and a version with that
 * number would be born destroyed.
 */
export function nextVersion(
  { tombstones }: Pick<ControlSnapshot, 'tombstones'>,
  key: Pick<KeyRecord, 'id' | 'versions'>,
): number {
  return Math.max(0, ...key.versions.keys(), ...buriedVersions(tombstones, key.id)) + 1;
}
