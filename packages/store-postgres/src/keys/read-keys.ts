import {
  type ColumnType,
  FieldsealError,
  KEY_TABLES,
  type KeyRow,
  type KeySelector,
  type KeyTable,
} from '@fieldseal/core';
import type { Session, SqlRow } from '../connection/session.ts';
import { bytesParameter, SQL_TYPES, selectExpression, toParameter } from '../rows/column-codec.ts';
import { qualified, type SqlTable, sqlTable, toStoredRow } from '../rows/sql-table.ts';

const MAX_SELECTORS = 1000;

const TABLES = (Object.keys(KEY_TABLES) as KeyTable[]).map(sqlTable);

/** All columns of all key tables: rows of both come back in one answer. */
const ALL_COLUMNS: ReadonlyMap<string, ColumnType> = new Map(
  TABLES.flatMap(({ columns }) => columns.map(({ name, type }) => [name, type] as const)),
);

/** Where a parameter that is refused would have gone. */
const KEY_ID = { table: 'data_key', column: 'key_id', type: 'uuid' } as const;

function selectList({ table, columns }: SqlTable<KeyTable>): string {
  const known = new Set(columns.map(({ name }) => name));
  const list = [...ALL_COLUMNS].map(([name, type]) =>
    known.has(name) ? selectExpression(name, type) : `NULL::text AS "${name}"`,
  );
  return `SELECT '${table}'::text AS "table", ${list.join(', ')}`;
}

type ScopeSelector = Extract<KeySelector, { readonly state: 'ACTIVE' }>;
type RangeSelector = Extract<KeySelector, { readonly from: number }>;

/** The parts of one statement and its parameters: at most two parts for each table. */
function partsOf(
  schema: string,
  table: SqlTable<KeyTable>,
  selectors: readonly KeySelector[],
  values: (readonly string[])[],
): string[] {
  const ids: string[] = [];
  const scopes: ScopeSelector[] = [];
  const ranges: RangeSelector[] = [];
  for (const selector of selectors) {
    if (selector.table !== table.table) continue;
    if ('id' in selector) ids.push(bytesParameter(selector.id));
    else if ('from' in selector) ranges.push(selector);
    else scopes.push(selector);
  }
  const parts: string[] = [];
  const from = `${selectList(table)} FROM ${qualified(schema, table.table)}`;
  if (ids.length > 0) {
    values.push(ids);
    parts.push(`${from} WHERE id = ANY ($${values.length}::${SQL_TYPES.bytes}[])`);
  }
  if (scopes.length > 0) {
    values.push(scopes.map(({ keyId }) => toParameter(KEY_ID, keyId) ?? ''));
    values.push(scopes.map(({ scope }) => bytesParameter(scope)));
    const [keyIds, bytes] = [values.length - 1, values.length];
    // Spelled as the partial unique index is, so that it serves this.
    parts.push(`${from} WHERE state = 'ACTIVE' AND (key_id, scope) IN
(SELECT * FROM ROWS FROM (pg_catalog.unnest($${keyIds}::uuid[]), pg_catalog.unnest($${bytes}::bytea[])) AS wanted)`);
  }
  if (ranges.length > 0) {
    parts.push(`${selectList(table)} FROM ${inRanges(schema, table, ranges, values)}`);
  }
  return parts;
}

/** Rows in ranges of places. Each range is looked up by itself (`OFFSET 0`), by the index of places. */
function inRanges(
  schema: string,
  table: SqlTable<KeyTable>,
  ranges: readonly RangeSelector[],
  values: (readonly string[])[],
): string {
  values.push(ranges.map(({ keyId }) => toParameter(KEY_ID, keyId) ?? ''));
  values.push(ranges.map((range) => String(range.from)));
  values.push(ranges.map((range) => String(range.to)));
  const [keyIds, firsts, lasts] = [values.length - 2, values.length - 1, values.length];
  return `ROWS FROM (pg_catalog.unnest($${keyIds}::uuid[]), pg_catalog.unnest($${firsts}::integer[]),
pg_catalog.unnest($${lasts}::integer[])) AS wanted (wanted_key, first, last)
CROSS JOIN LATERAL (SELECT * FROM ${qualified(schema, table.table)}
WHERE key_id = wanted_key AND place BETWEEN first AND last OFFSET 0) AS stored`;
}

function toKeyRow(row: SqlRow): KeyRow {
  const table = TABLES.find((candidate) => candidate.table === row.table);
  if (table === undefined) {
    throw new FieldsealError('ERR_INTERNAL', 'The key store answered for an unknown table');
  }
  return toStoredRow(table, row);
}

/** One statement, so one round trip and one snapshot, whatever the mix of selectors is. */
export async function readKeys(
  session: Session,
  schema: string,
  selectors: readonly KeySelector[],
): Promise<readonly KeyRow[]> {
  if (selectors.length > MAX_SELECTORS) {
    throw new FieldsealError('ERR_INTERNAL', 'More than 1,000 keys were asked for at once');
  }
  const values: (readonly string[])[] = [];
  const parts = TABLES.flatMap((table) => partsOf(schema, table, selectors, values));
  if (parts.length === 0) return [];
  const rows = await session.rows(parts.join('\nUNION ALL\n'), values);
  // A row that was asked for by id and by scope is there twice.
  const found = new Map(rows.map((row) => [`${row.table} ${row.id}`, row]));
  return [...found.values()].map(toKeyRow);
}
