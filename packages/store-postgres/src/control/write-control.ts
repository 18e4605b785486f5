import {
  type ControlChange,
  type ControlRow,
  type ControlTable,
  FieldsealError,
  type IndexKeyRow,
} from '@fieldseal/core';
import { appendAudit } from '../audit/append-audit.ts';
import { notifyWatchers } from '../connection/hint-channel.ts';
import type { Session } from '../connection/session.ts';
import { bytesParameter } from '../rows/column-codec.ts';
import { qualified, sqlTable } from '../rows/sql-table.ts';
import { deleteRow, insertRows, readStored, updateChanged } from '../rows/write-rows.ts';

/** Whether the head is now the change's. Its row lock, kept to the end, lets one writer in. */
async function swapHead(
  session: Session,
  schema: string,
  { expectedEpoch, head }: ControlChange,
): Promise<boolean> {
  const table = qualified(schema, 'head');
  const values = [String(head.epoch), bytesParameter(head.digest), bytesParameter(head.mac)];
  const swapped =
    expectedEpoch === null
      ? await session.rows(
          `INSERT INTO ${table} (epoch, digest, mac) VALUES ($1::bigint, $2::bytea, $3::bytea)
ON CONFLICT DO NOTHING RETURNING 1 AS swapped`,
          values,
        )
      : await session.rows(
          `UPDATE ${table} SET epoch = $1::bigint, digest = $2::bytea, mac = $3::bytea
WHERE epoch = $4::bigint RETURNING 1 AS swapped`,
          [...values, String(expectedEpoch)],
        );
  return swapped.length > 0;
}

/** What is new takes the place of nothing: a version that is there keeps its material. */
async function add(session: Session, schema: string, rows: readonly ControlRow[]): Promise<void> {
  const byTable = new Map<ControlTable, ControlRow[]>();
  for (const row of rows) byTable.set(row.table, [...(byTable.get(row.table) ?? []), row]);
  for (const [table, ofTable] of byTable) {
    const inserted = await insertRows(session, schema, sqlTable(table), ofTable);
    if (inserted === ofTable.length) continue;
    // Somebody writes without the head's lock, or one key was put twice: neither is half applied.
    const message = 'A new row of the change is there already';
    throw new FieldsealError('ERR_STORE_CONFLICT', message, { table });
  }
}

async function put(session: Session, schema: string, rows: readonly ControlRow[]): Promise<void> {
  const fresh: ControlRow[] = [];
  for (const row of rows) {
    const table = sqlTable(row.table);
    const stored = await readStored(session, schema, table, { row, lock: '' });
    if (stored === null) fresh.push(row);
    else await updateChanged(session, schema, table, { row, stored });
  }
  await add(session, schema, fresh);
}

/** Index keys are never changed by it: what is there already is of another register than ours. */
async function addIndexKeys(
  session: Session,
  schema: string,
  rows: readonly IndexKeyRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const table = sqlTable('index_key');
  const inserted = await insertRows(session, schema, table, rows);
  if (inserted === rows.length) return;
  const message = 'Another process registered the same index key';
  throw new FieldsealError('ERR_STORE_CONFLICT', message, { table: table.table });
}

/** Runs inside a transaction; on `false` nothing was written yet. */
export async function writeControl(
  session: Session,
  schema: string,
  change: ControlChange,
): Promise<boolean> {
  if (!(await swapHead(session, schema, change))) return false;
  for (const row of change.remove) await deleteRow(session, schema, sqlTable(row.table), row);
  await add(session, schema, change.add ?? []);
  await put(session, schema, change.put);
  await addIndexKeys(session, schema, change.indexKeys ?? []);
  await appendAudit(session, schema, change.audit ?? []);
  await notifyWatchers(session, schema);
  return true;
}
