import { writeUuid } from '../bytes/uuid.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';

/** Types of primary-key columns that a cell can be bound to. */
export type RowColumnType = 'int' | 'uuid' | 'text' | 'bytes';

export interface RowColumn {
  readonly type: RowColumnType;
  readonly value: unknown;
}

const TYPE_BYTE: Readonly<Record<RowColumnType, number>> = { int: 1, uuid: 2, text: 3, bytes: 4 };
const MAX_COLUMN_BYTES = 65_535;
const WHOLE_NUMBER = /^-?\d{1,19}$/;

const utf8 = new TextEncoder();

function refuse(): FieldsealError {
  // never the value: a primary key of text can be what somebody wants hidden
  return new FieldsealError('ERR_ROW_IDENTITY', 'A primary-key value is not of its column type');
}

function toBigint(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  // one ORM gives a bigint column as text
  if (typeof value === 'string' && WHOLE_NUMBER.test(value)) return BigInt(value);
  throw refuse();
}

function encodeInt(value: unknown): Uint8Array {
  const number = toBigint(value);
  if (BigInt.asIntN(64, number) !== number) throw refuse();
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, number);
  return bytes;
}

function encodeUuid(value: unknown): Uint8Array {
  const bytes = new Uint8Array(16);
  if (typeof value !== 'string' || !writeUuid(bytes, value, 0)) throw refuse();
  return bytes;
}

function encodeText(value: unknown): Uint8Array {
  if (typeof value !== 'string' || !value.isWellFormed()) throw refuse();
  return utf8.encode(value);
}

function encodeBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw refuse();
  return value;
}

const ENCODERS: Readonly<Record<RowColumnType, (value: unknown) => Uint8Array>> = {
  int: encodeInt,
  uuid: encodeUuid,
  text: encodeText,
  bytes: encodeBytes,
};

/**
 * Row identity (FORMAT.md section 3): what a row-bound cell is bound to. A bigint key gives the same
 * bytes as number, bigint and text; a uuid in any letter case.
 *
 * @param columns - All primary-key columns, sorted by their database names.
 * @throws `ERR_ROW_IDENTITY` for a value that is not of its column's type.
 */
export function encodeRow(columns: readonly RowColumn[]): Uint8Array {
  const values = columns.map(({ type, value }) => ENCODERS[type](value));
  let length = 0;
  for (const value of values) length += 3 + value.length;
  const row = new Uint8Array(length);
  let offset = 0;
  for (const [i, value] of values.entries()) {
    if (value.length > MAX_COLUMN_BYTES) throw refuse();
    row[offset] = TYPE_BYTE[(columns[i] as RowColumn).type];
    row[offset + 1] = value.length >> 8;
    row[offset + 2] = value.length & 0xff;
    row.set(value, offset + 3);
    offset += 3 + value.length;
  }
  return row;
}
