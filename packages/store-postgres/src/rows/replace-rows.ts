import type { KeyReplacement } from '@fieldseal/core';
import type { Session, SqlRow } from '../connection/session.ts';
import { bytesParameter, SQL_TYPES, selectExpression } from './column-codec.ts';
import { type AnyTable, qualified, rowParameters, type SqlTable } from './sql-table.ts';

type Values = readonly (string | null)[];

/**
 * Writes rows of a table whose key is `id`, each unless its MAC has changed: one statement that locks and
 * reads them, and one for each set of columns that differ. Columns that stay are not named, since
 * PostgreSQL asks for the right to every one that is.
 * @returns how many were written
 */
export async function replaceRows(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  replacements: readonly KeyReplacement[],
): Promise<number> {
  const stored = await lockRows(session, schema, table, replacements);
  const groups = new Map<string, Values[]>();
  let replaced = 0;
  for (const { row, expectedMac } of replacements) {
    const wanted = rowParameters(table, row);
    const now = stored.get(wanted[placeOf(table, 'id')] ?? '');
    if (now === undefined || now[placeOf(table, 'row_mac')] !== bytesParameter(expectedMac))
      continue;
    // a second replacement of one row was computed from what is not there any more
    stored.delete(wanted[placeOf(table, 'id')] ?? '');
    replaced += 1;
    const changed = table.columns.filter((_, i) => wanted[i] !== now[i]).map(({ name }) => name);
    if (changed.length === 0) continue;
    const group = JSON.stringify(changed);
    groups.set(group, [...(groups.get(group) ?? []), wanted]);
  }
  for (const [group, rows] of groups) {
    await updateRows(session, schema, table, { changed: JSON.parse(group) as string[], rows });
  }
  return replaced;
}

function placeOf({ columns }: SqlTable<AnyTable>, name: string): number {
  return columns.findIndex((column) => column.name === name);
}

/** All writers lock in one order, so none waits for the other's. */
async function lockRows(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  replacements: readonly KeyReplacement[],
): Promise<Map<string, Values>> {
  const columns = table.columns.map(({ name, type }) => selectExpression(name, type)).join(', ');
  const ids = replacements.map(({ row }) => rowParameters(table, row)[placeOf(table, 'id')] ?? '');
  const rows = await session.rows(
    `SELECT ${columns} FROM ${qualified(schema, table.table)} AS stored
WHERE stored.id = ANY ($1::bytea[]) ORDER BY stored.id FOR UPDATE`,
    [ids],
  );
  return new Map(rows.map((row) => [`\\x${row.id}`, asParameters(table, row)]));
}

function asParameters(table: SqlTable<AnyTable>, row: SqlRow): Values {
  return table.columns.map(({ name, type }) => {
    const text = row[name] ?? null;
    return text !== null && type === 'bytes' ? `\\x${text}` : text;
  });
}

async function updateRows(
  session: Session,
  schema: string,
  table: SqlTable<AnyTable>,
  { changed, rows }: { readonly changed: readonly string[]; readonly rows: readonly Values[] },
): Promise<void> {
  const names = ['id', ...changed];
  const lists = names.map((name) => rows.map((row) => row[placeOf(table, name)] ?? null));
  const types = names.map((name) => SQL_TYPES[table.columns[placeOf(table, name)]?.type ?? 'text']);
  const places = types.map((type, i) => `pg_catalog.unnest($${i + 1}::${type}[])`).join(', ');
  const sets = changed.map((name, i) => `"${name}" = n.c${i + 1}`).join(', ');
  await session.rows(
    `UPDATE ${qualified(schema, table.table)} AS stored SET ${sets}
FROM ROWS FROM (${places}) AS n(${names.map((_, i) => `c${i}`).join(', ')}) WHERE stored.id = n.c0`,
    lists,
  );
}
