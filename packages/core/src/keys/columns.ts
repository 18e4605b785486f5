import { uuidToBytes } from '../bytes/uuid.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { StoredRow } from './key-store.ts';
import {
  AUDIT_TABLES,
  CONTROL_TABLES,
  type ColumnType,
  type ColumnValue,
  KEY_TABLES,
  type TableSchema,
} from './record-schema.ts';

const SCHEMAS: ReadonlyMap<string, TableSchema> = new Map([
  ...Object.entries(CONTROL_TABLES),
  ...Object.entries(KEY_TABLES),
  ...Object.entries(AUDIT_TABLES),
]);

const INT32 = 2 ** 31;

const isOf: Readonly<Record<ColumnType, (value: ColumnValue) => boolean>> = {
  text: (value) => typeof value === 'string',
  uuid: (value) =>
    typeof value === 'string' && value === value.toLowerCase() && uuidToBytes(value) !== undefined,
  int: (value) =>
    Number.isInteger(value) && (value as number) >= -INT32 && (value as number) < INT32,
  bigint: (value) => typeof value === 'bigint',
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => typeof value === 'bigint',
  bytes: (value) => value instanceof Uint8Array,
};

/** A record that is not what Fieldseal wrote. Says where, never what it holds. */
export function integrityError(message: string, table?: string, column?: string): FieldsealError {
  return new FieldsealError('ERR_STORE_INTEGRITY', message, {
    ...(table === undefined ? {} : { table }),
    ...(column === undefined ? {} : { column }),
  });
}

/**
 * Checks that a row has exactly the columns of its table, each of its type or NULL, before
 * anything is computed from it.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function checkColumns(row: StoredRow): void {
  const schema = SCHEMAS.get(row.table);
  if (schema === undefined) throw integrityError('A stored row is of no known table');
  const names = Object.keys(schema.columns);
  if (Object.keys(row.columns).length !== names.length) {
    throw integrityError('A stored row has other columns than its table', row.table);
  }
  for (const [name, type] of Object.entries(schema.columns)) {
    const value = Object.hasOwn(row.columns, name) ? row.columns[name] : undefined;
    if (value === undefined || (value !== null && !isOf[type](value))) {
      throw integrityError('A stored row has a malformed column', row.table, name);
    }
  }
  if (!(row.rowMac instanceof Uint8Array) || row.rowMac.length !== 32) {
    throw integrityError('A stored row has a malformed MAC', row.table);
  }
}

/** Columns of a row that {@link checkColumns} accepted; NULL is refused unless asked for. */
export interface Columns {
  text(name: string): string;
  optionalText(name: string): string | null;
  int(name: string): number;
  optionalInt(name: string): number | null;
  boolean(name: string): boolean;
  timestamp(name: string): bigint;
  optionalTimestamp(name: string): bigint | null;
  bigint(name: string): bigint;
  optionalBigint(name: string): bigint | null;
  /** @param length - Exact length in bytes, where it is fixed. */
  bytes(name: string, length?: number): Uint8Array;
  optionalBytes(name: string): Uint8Array | null;
}

export function columnsOf(row: StoredRow): Columns {
  function required(name: string): NonNullable<ColumnValue> {
    const value = row.columns[name];
    if (value === null || value === undefined) {
      throw integrityError('A stored row lacks a value', row.table, name);
    }
    return value;
  }
  return {
    text: (name) => required(name) as string,
    optionalText: (name) => row.columns[name] as string | null,
    int: (name) => required(name) as number,
    optionalInt: (name) => row.columns[name] as number | null,
    boolean: (name) => required(name) as boolean,
    timestamp: (name) => required(name) as bigint,
    optionalTimestamp: (name) => row.columns[name] as bigint | null,
    bigint: (name) => required(name) as bigint,
    optionalBigint: (name) => row.columns[name] as bigint | null,
    bytes(name, length) {
      const value = required(name) as Uint8Array;
      if (length !== undefined && value.length !== length) {
        throw integrityError('A stored row has a value of the wrong length', row.table, name);
      }
      return value;
    },
    optionalBytes: (name) => row.columns[name] as Uint8Array | null,
  };
}
