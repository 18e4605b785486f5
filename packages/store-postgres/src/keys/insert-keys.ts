import {
  type DataKeyRow,
  FieldsealError,
  type KeyInsert,
  type KeyRow,
  type KeySelector,
} from '@fieldseal/core';
import { notifyWatchers } from '../connection/hint-channel.ts';
import type { Session } from '../connection/session.ts';
import { valueRefused } from '../errors/driver-error.ts';
import { bytesParameter } from '../rows/column-codec.ts';
import { sqlTable } from '../rows/sql-table.ts';
import { hasMac, insertRows, readStored, updateChanged } from '../rows/write-rows.ts';
import { readKeys } from './read-keys.ts';

type ActiveSelector = Extract<KeySelector, { readonly state: 'ACTIVE' }>;

function activeSelector({ table, columns }: DataKeyRow): ActiveSelector {
  const { key_id: keyId, scope, state } = columns;
  if (typeof keyId !== 'string') throw valueRefused(table, 'key_id');
  if (!(scope instanceof Uint8Array)) throw valueRefused(table, 'scope');
  if (state !== 'ACTIVE') throw valueRefused(table, 'state');
  return { table, keyId, scope, state };
}

function scopeName({ columns }: { readonly columns: DataKeyRow['columns'] }): string {
  const { key_id: keyId, scope } = columns;
  return `${keyId} ${scope instanceof Uint8Array ? bytesParameter(scope) : ''}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Demotes and inserts, or leaves both rows as they are. */
async function replace(
  session: Session,
  schema: string,
  { row, demote }: Required<KeyInsert>,
): Promise<boolean> {
  const table = sqlTable(demote.row.table);
  const stored = await readStored(session, schema, table, { row: demote.row, lock: 'FOR UPDATE' });
  if (stored === null || !hasMac(table, stored, demote.expectedMac)) return false;
  await session.rows('SAVEPOINT replacing');
  await updateChanged(session, schema, table, { row: demote.row, stored });
  const inserted = await insertRows(session, schema, sqlTable(row.table), [row]);
  if (inserted === 0) await session.rows('ROLLBACK TO SAVEPOINT replacing');
  await session.rows('RELEASE SAVEPOINT replacing');
  return inserted > 0;
}

async function insertAll(
  session: Session,
  schema: string,
  inserts: readonly KeyInsert[],
): Promise<boolean> {
  let written = false;
  /** Rows that demote nothing, in one statement. */
  let plain: DataKeyRow[] = [];
  const flush = async (): Promise<void> => {
    const inserted = await insertRows(session, schema, sqlTable('data_key'), plain);
    written ||= inserted > 0;
    plain = [];
  };
  for (const { row, demote } of inserts) {
    if (demote === undefined) {
      plain.push(row);
      continue;
    }
    await flush();
    if (await replace(session, schema, { row, demote })) written = true;
  }
  await flush();
  return written;
}

/**
 * Runs inside a transaction. The partial unique index decides which writer made the active row of a
 * scope; the others wait for its commit and then read it.
 */
export async function insertKeys(
  session: Session,
  schema: string,
  inserts: readonly KeyInsert[],
): Promise<readonly KeyRow[]> {
  const selectors = new Map(inserts.map(({ row }) => [scopeName(row), activeSelector(row)]));
  // All writers take the rows of several scopes in one order, so none waits for the other's.
  const ordered = inserts.toSorted((a, b) => compare(scopeName(a.row), scopeName(b.row)));
  if (await insertAll(session, schema, ordered)) await notifyWatchers(session, schema);
  const active = await readKeys(session, schema, [...selectors.values()]);
  const winners = new Map(active.map((row) => [scopeName(row), row]));
  return inserts.map(({ row }) => {
    const winner = winners.get(scopeName(row));
    if (winner !== undefined) return winner;
    throw new FieldsealError('ERR_STORE_CONFLICT', 'Another process changed the same key', {
      table: row.table,
    });
  });
}
