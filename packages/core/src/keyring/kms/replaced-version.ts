import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import { isRetired } from '../key-usability.ts';
import { awaitsRotation } from './key-materials.ts';
import type { KeyEdit, KmsParts } from './kms-parts.ts';
import { nextVersion } from './next-version.ts';
import { stagedVersion } from './rotation-plan.ts';
import { endedVersion } from './version-retirement.ts';

/** What ends a primary version, and the number of the version that seals from then on. */
export interface ReplacedVersion {
  readonly edit: NonNullable<KeyEdit>;
  readonly successor: number;
}

/** A version that is announced already, unless it is to wait or is destroyed itself. */
function announced(snapshot: ControlSnapshot, key: KeyRecord): KeyVersionRecord | undefined {
  const staged = stagedVersion(key);
  if (staged === undefined || awaitsRotation(snapshot, staged)) return undefined;
  return isRetired(snapshot, staged) ? undefined : staged;
}

/**
 * The rows by which a primary version ends that a tombstone names, as a backup made it the primary one
 * again. A key without a primary version would be no key, so another one takes its place in the same
 * change. At once: nobody seals under the one that a tombstone names.
 *
 * @param time - Microseconds since 1970.
 */
export function replacedVersion(
  parts: Pick<KmsParts, 'rows'>,
  snapshot: ControlSnapshot,
  {
    key,
    version,
    time,
  }: {
    readonly key: KeyRecord;
    readonly version: KeyVersionRecord;
    readonly time: bigint;
  },
): ReplacedVersion {
  const { rows } = parts;
  const staged = announced(snapshot, key);
  const successor = staged?.version ?? nextVersion(snapshot, key);
  const place = { keyId: key.id, version: successor, type: 'ON_DEMAND' };
  const made: ControlRow[] =
    staged === undefined
      ? [
          rows.version(key, { number: successor, state: 'PRIMARY' }),
          rows.rotation({ ...place, stagedAt: time, activateAt: time }),
        ]
      : [rows.changedVersion(staged, 'PRIMARY')];
  return { edit: { put: [...made, ...endedVersion(parts, version).put] }, successor };
}
