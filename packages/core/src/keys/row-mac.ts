import { type ContextPairs, encodeContext } from '../bytes/context.ts';
import { u32 } from '../bytes/integer.ts';
import { uuidToBytes } from '../bytes/uuid.ts';
import { integrityError } from './columns.ts';
import type { StoredRow } from './key-store.ts';
import {
  AUDIT_TABLES,
  CONTROL_TABLES,
  type ColumnType,
  type ColumnValue,
  KEY_TABLES,
  RECORD_SCHEMA_VERSION,
  type TableSchema,
} from './record-schema.ts';

const SCHEMAS: Readonly<Record<string, TableSchema>> = {
  ...CONTROL_TABLES,
  ...KEY_TABLES,
  ...AUDIT_TABLES,
};
const NULL = Uint8Array.of(0);
const utf8 = new TextEncoder();

function columnBytes(type: ColumnType, value: NonNullable<ColumnValue>): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (type === 'uuid') return uuidToBytes(String(value)) ?? new Uint8Array();
  if (typeof value === 'boolean') return utf8.encode(value ? '1' : '0');
  return utf8.encode(String(value));
}

/** A value behind a byte that tells it from NULL. */
function present(bytes: Uint8Array): Uint8Array {
  const marked = new Uint8Array(1 + bytes.length);
  marked[0] = 1;
  marked.set(bytes, 1);
  return marked;
}

/**
 * What the MAC of a row covers (FORMAT.md section 5): its table, the version of the columns and
 * every column.
 *
 * @throws `ERR_STORE_INTEGRITY` for a row of no known table.
 */
export function rowContext(row: Pick<StoredRow, 'table' | 'columns'>): Uint8Array {
  const schema = Object.hasOwn(SCHEMAS, row.table) ? SCHEMAS[row.table] : undefined;
  if (schema === undefined) throw integrityError('A stored row is of no known table');
  const pairs: Record<string, string | Uint8Array> = {
    '#table': `fieldseal.${row.table}`,
    '#schema': u32(RECORD_SCHEMA_VERSION),
  };
  for (const [name, type] of Object.entries(schema.columns)) {
    const value = row.columns[name] ?? null;
    pairs[name] = value === null ? NULL : present(columnBytes(type, value));
  }
  return encodeContext(pairs satisfies ContextPairs);
}
