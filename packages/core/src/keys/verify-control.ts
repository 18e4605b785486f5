import { checkColumns, integrityError } from './columns.ts';
import { type ControlSnapshot, controlRowName, indexControl } from './control-snapshot.ts';
import type { ControlState } from './key-store.ts';
import type { StoreSecrets } from './store-secrets.ts';

/**
 * Checks shape and uniqueness: all that can be known before the store key is open.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function checkControlShape(state: ControlState): void {
  const { head, rows } = state;
  if (typeof head.epoch !== 'bigint' || head.epoch < 1n) throw integrityError('Malformed head');
  if (head.digest.length !== 32 || head.mac.length !== 32) throw integrityError('Malformed head');
  const names = new Set<string>();
  for (const row of rows) {
    checkColumns(row);
    names.add(controlRowName(row));
  }
  if (names.size !== rows.length) throw integrityError('Two control rows have the same key');
}

/**
 * Verifies every row MAC, the digest over all of them and the head's MAC, then reads the rows.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function verifyControl(state: ControlState, secrets: StoreSecrets): ControlSnapshot {
  checkControlShape(state);
  for (const row of state.rows) {
    if (!secrets.verifyRow(row)) throw integrityError('A control row was altered', row.table);
  }
  if (!secrets.verifyHead(state)) {
    throw integrityError('Control rows were added, removed or exchanged, or the head was altered');
  }
  return indexControl(state);
}
