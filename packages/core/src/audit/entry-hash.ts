import type { Engine } from '../cipher/engine.ts';
import type { AuditRow, CheckpointRow } from '../keys/key-store.ts';
import { rowContext } from '../keys/row-mac.ts';

/** What stands before the first entry of the management chain. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

/** SHA-256 of an entry as a row MAC would cover it, with NULL for its hash (FORMAT.md section 7). */
export function entryHash(engine: Engine, columns: AuditRow['columns']): Uint8Array {
  return engine.sha256(rowContext({ table: 'audit_entry', columns: { ...columns, hash: null } }));
}

/** What a checkpoint's signature covers: its row with NULL for the signature. */
export function checkpointMessage(columns: CheckpointRow['columns']): Uint8Array {
  return rowContext({ table: 'audit_checkpoint', columns: { ...columns, signature: null } });
}
