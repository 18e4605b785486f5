import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { isPending, wipedVersion } from './key-materials.ts';
import type { KeyEdit } from './kms-parts.ts';
import type { RowMaker } from './row-maker.ts';

/**
 * Rows by which imported material that had its time is wiped; `null` when there is none. A key waits
 * for what it lost, unless that was still to become part of it.
 * @param expiry.time - Microseconds since 1970, by the later of two clocks: it cannot be undone.
 */
export function expiryEdit(
  rows: RowMaker,
  snapshot: ControlSnapshot,
  { key, time }: { readonly key: KeyRecord; readonly time: bigint },
): KeyEdit {
  // a wiped row has no end, so nothing is wiped twice
  const over = [...key.versions.values()].filter(
    ({ expiresAt }) => expiresAt !== null && expiresAt <= time,
  );
  if (over.length === 0) return null;
  const wiped = over.flatMap((version) => wipedVersion(rows, snapshot, version));
  const isMissed = over.some(
    (version) => version.state !== 'REVOKED' && !isPending(snapshot, version),
  );
  if (key.state === 'PendingDeletion' || !isMissed) return { put: wiped };
  return { put: [rows.changedKey(key, { state: 'PendingImport' }), ...wiped] };
}
