import {
  AUDIT_TABLES,
  type AuditTable,
  CONTROL_TABLES,
  type ColumnType,
  type ColumnValue,
  type ControlTable,
  KEY_TABLES,
  type KeyTable,
  type StoredRow,
} from '@fieldseal/core';
import type { SqlRow } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import { bytesFromHex, bytesParameter, fromText, SQL_TYPES, toParameter } from './column-codec.ts';

const ROW_MAC = 'row_mac';

/** A table of the key store: its columns in one fixed order, `row_mac` last. */
export interface SqlTable<Table extends string> {
  readonly table: Table;
  readonly key: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
}

export type AnyTable = ControlTable | KeyTable | AuditTable;

export function sqlTable<Table extends AnyTable>(table: Table): SqlTable<Table> {
  const { key, columns } = { ...CONTROL_TABLES, ...KEY_TABLES, ...AUDIT_TABLES }[table];
  const named = Object.entries(columns).map(([name, type]) => ({ name, type }));
  return { table, key, columns: [...named, { name: ROW_MAC, type: 'bytes' }] };
}

/** Schema names are checked to be `[a-z0-9_]`, table names are ours: neither needs escaping. */
export function qualified(schema: string, table: string): string {
  return `"${schema}"."${table}"`;
}

/** Placeholder with its type, so that no parameter is ever read as another one. */
export function placeholder(index: number, type: ColumnType): string {
  return `$${index}::${SQL_TYPES[type]}`;
}

/**
 * The row's values in the order of the table's columns.
 * @throws `ERR_VALUE_TYPE`
 */
export function rowParameters<Table extends AnyTable>(
  { table, columns }: SqlTable<Table>,
  row: StoredRow,
): (string | null)[] {
  return columns.map(({ name, type }) =>
    name === ROW_MAC
      ? bytesParameter(row.rowMac)
      : toParameter({ table, column: name, type }, row.columns[name]),
  );
}

/** @throws `ERR_STORE_SCHEMA` */
export function toStoredRow<Table extends AnyTable>(
  { table, columns }: SqlTable<Table>,
  row: SqlRow,
): StoredRow<Table> {
  const mac = row[ROW_MAC];
  if (typeof mac !== 'string') {
    throw schemaError('The key store answered in an unknown form', 'ENCODING');
  }
  const values: Record<string, ColumnValue> = {};
  for (const { name, type } of columns) {
    if (name !== ROW_MAC) values[name] = fromText(type, row[name] ?? null);
  }
  return { table, columns: values, rowMac: bytesFromHex(mac) };
}
