import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import { rolledBack } from '../keys/rolled-back.ts';

/**
 * What was seen as destroyed stays destroyed. A state in which a tombstone is missing was put back,
 * also when changes since then have brought its epoch past the one that was seen.
 * @throws `ERR_STORE_ROLLED_BACK`
 */
export function requireTombstones(
  before: Pick<ControlSnapshot, 'tombstones'>,
  after: Pick<ControlSnapshot, 'tombstones' | 'epoch'>,
): void {
  for (const id of before.tombstones) {
    if (!after.tombstones.has(id)) throw rolledBack(after.epoch);
  }
}
