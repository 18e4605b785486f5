import type { Clock } from '../cache/clock.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import { microseconds } from './primitives.ts';

/** The row of the phase of a field, or of the state of an index. */
export function phaseRow(
  secrets: Pick<StoreSecrets, 'sealRow'>,
  clock: Clock,
  id: string,
  phase: string,
): ControlRow {
  return secrets.sealRow('phase', { field_id: id, phase, updated_at: microseconds(clock) });
}
