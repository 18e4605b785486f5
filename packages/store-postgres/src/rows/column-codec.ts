import type { ColumnType, ColumnValue } from '@fieldseal/core';
import { schemaError, valueRefused } from '../errors/driver-error.ts';

/** PostgreSQL's type of a column; timestamps are kept as the microseconds that the MAC covers. */
export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  uuid: 'uuid',
  int: 'integer',
  bigint: 'bigint',
  timestamp: 'bigint',
  boolean: 'boolean',
  bytes: 'bytea',
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;
const INT_LIMIT = 2 ** 31;
const BIGINT_LIMIT = 2n ** 63n;

/** As parameter for a `bytea`, alone or in an array. */
export function bytesParameter(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** PostgreSQL keeps no U+0000, and a lone surrogate would become another character on the way. */
function exactText(value: ColumnValue): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.includes('\0') || !value.isWellFormed() ? undefined : value;
}

function exactInt(value: ColumnValue): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= -INT_LIMIT && value < INT_LIMIT ? String(value) : undefined;
}

function exactBigint(value: ColumnValue): string | undefined {
  if (typeof value !== 'bigint') return undefined;
  return value >= -BIGINT_LIMIT && value < BIGINT_LIMIT ? String(value) : undefined;
}

const ENCODERS: Readonly<Record<ColumnType, (value: ColumnValue) => string | undefined>> = {
  text: exactText,
  // Only the form that is read back: the MAC is over 16 bytes, but records are compared as text.
  uuid: (value) => (typeof value === 'string' && UUID.test(value) ? value : undefined),
  int: exactInt,
  bigint: exactBigint,
  timestamp: exactBigint,
  boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  bytes: (value) => (value instanceof Uint8Array ? bytesParameter(value) : undefined),
};

/**
 * A value as text parameter of its column.
 * @throws `ERR_VALUE_TYPE` for a value that would not be read back exactly.
 */
export function toParameter(
  place: { readonly table: string; readonly column: string; readonly type: ColumnType },
  value: ColumnValue | undefined,
): string | null {
  if (value === null) return null;
  const text = value === undefined ? undefined : ENCODERS[place.type](value);
  if (text === undefined) throw valueRefused(place.table, place.column);
  return text;
}

/** How a column is selected: as text that no setting of the server changes (`bytea_output`). */
export function selectExpression(name: string, type: ColumnType): string {
  return type === 'bytes'
    ? `pg_catalog.encode("${name}", 'hex') AS "${name}"`
    : `"${name}"::text AS "${name}"`;
}

export function bytesFromHex(text: string): Uint8Array {
  if (!HEX.test(text)) throw schemaError('The key store answered in an unknown form', 'ENCODING');
  // A copy: small Buffers share one memory block with everything else that uses them.
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** @throws `ERR_STORE_SCHEMA` when the column is of another type than expected. */
export function fromText(type: ColumnType, text: string | null): ColumnValue {
  if (text === null || type === 'text' || type === 'uuid') return text;
  if (type === 'bytes') return bytesFromHex(text);
  if (type === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
  } else if (/^-?\d{1,19}$/.test(text)) {
    return type === 'int' ? Number(text) : BigInt(text);
  }
  throw schemaError('The key store answered in an unknown form', 'ENCODING');
}
