import type { StoredRow } from '@fieldseal/core';
import type { Session, SqlRow } from '../connection/session.ts';
import { bytesParameter, selectExpression } from './column-codec.ts';
import {
  type AnyTable,
  placeholder,
  qualified,
  rowParameters,
  type SqlTable,
} from './sql-table.ts';

/** Under PostgreSQL's 65,535 parameters for the widest table. */
const ROWS_A_STATEMENT = 1000;

/**
 * Inserts rows, except those that a unique index refuses.
 * @returns how many were inserted.
 */
export async function insertRows<Table extends AnyTable>(
  session: Session,
  schema: string,
  table: SqlTable<Table>,
  rows: readonly StoredRow[],
): Promise<number> {
  let inserted = 0;
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const values: (string | null)[] = [];
    const tuples = rows.slice(from, from + ROWS_A_STATEMENT).map((row) => {
      const places = rowParameters(table, row).map((value, i) => {
        values.push(value);
        return placeholder(values.length, table.columns[i]?.type ?? 'text');
      });
      return `(${places.join(', ')})`;
    });
    const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
    const done = await session.rows(
      `INSERT INTO ${qualified(schema, table.table)} (${names}) VALUES ${tuples.join(', ')}
ON CONFLICT DO NOTHING RETURNING 1 AS inserted`,
      values,
    );
    inserted += done.length;
  }
  return inserted;
}

function keyCondition(table: SqlTable<AnyTable>, first: number): string {
  return table.key
    .map((name, i) => {
      const type = table.columns.find((column) => column.name === name)?.type ?? 'text';
      return `"${name}" = ${placeholder(first + i, type)}`;
    })
    .join(' AND ');
}

function keyParameters(table: SqlTable<AnyTable>, parameters: readonly (string | null)[]) {
  return table.key.map(
    (name) => parameters[table.columns.findIndex((column) => column.name === name)] ?? null,
  );
}

/**
 * The stored row with the key of `row`, as {@link rowParameters} gives it, to be compared.
 * @param lock - `FOR UPDATE` where no other lock keeps writers away; it asks for the right to write.
 */
export async function readStored(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  { row, lock }: { readonly row: StoredRow; readonly lock: '' | 'FOR UPDATE' },
): Promise<readonly (string | null)[] | null> {
  const columns = table.columns.map(({ name, type }) => selectExpression(name, type)).join(', ');
  const [found] = await session.rows(
    `SELECT ${columns} FROM ${qualified(schema, table.table)} WHERE ${keyCondition(table, 1)} ${lock}`,
    keyParameters(table, rowParameters(table, row)),
  );
  return found === undefined ? null : asParameters(table, found);
}

function asParameters(table: SqlTable<AnyTable>, row: SqlRow): (string | null)[] {
  return table.columns.map(({ name, type }) => {
    const text = row[name] ?? null;
    return text !== null && type === 'bytes' ? `\\x${text}` : text;
  });
}

/**
 * Writes the columns that differ from `stored`, and no others: the application's role may change
 * states but not key material, and PostgreSQL asks for the right to every column that is named.
 */
export async function updateChanged(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  { row, stored }: { readonly row: StoredRow; readonly stored: readonly (string | null)[] },
): Promise<void> {
  const wanted = rowParameters(table, row);
  const values: (string | null)[] = [];
  const changes: string[] = [];
  for (const [i, { name, type }] of table.columns.entries()) {
    const value = wanted[i] ?? null;
    if (value === (stored[i] ?? null)) continue;
    values.push(value);
    changes.push(`"${name}" = ${placeholder(values.length, type)}`);
  }
  if (changes.length === 0) return;
  await session.rows(
    `UPDATE ${qualified(schema, table.table)} SET ${changes.join(', ')}
WHERE ${keyCondition(table, values.length + 1)}`,
    [...values, ...keyParameters(table, wanted)],
  );
}

/** Whether `stored`, as {@link readStored} gave it, still carries this MAC. */
export function hasMac(
  table: SqlTable<AnyTable>,
  stored: readonly (string | null)[],
  mac: Uint8Array,
): boolean {
  const index = table.columns.findIndex(({ name }) => name === 'row_mac');
  return stored[index] === bytesParameter(mac);
}

export async function deleteRow(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  row: StoredRow,
): Promise<void> {
  await session.rows(
    `DELETE FROM ${qualified(schema, table.table)} WHERE ${keyCondition(table, 1)}`,
    keyParameters(table, rowParameters(table, row)),
  );
}
