import { type AuditRow, type CheckpointRow, FieldsealError } from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { sqlTable } from '../rows/sql-table.ts';
import { insertRows } from '../rows/write-rows.ts';

/**
 * Runs inside a transaction, which what it throws rolls back. The primary key decides which of two
 * writers continues a chain.
 */
export async function appendAudit(
  session: Session,
  schema: string,
  rows: readonly AuditRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const inserted = await insertRows(session, schema, sqlTable('audit_entry'), rows);
  if (inserted === rows.length) return;
  throw new FieldsealError('ERR_STORE_CONFLICT', 'Another process wrote the same entry', {
    table: 'audit_entry',
  });
}

/** @returns whether there was none of this entry. */
export async function writeCheckpoint(
  session: Session,
  schema: string,
  row: CheckpointRow,
): Promise<boolean> {
  return (await insertRows(session, schema, sqlTable('audit_checkpoint'), [row])) > 0;
}
