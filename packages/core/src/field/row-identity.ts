import { hexOf } from '../bytes/hex.ts';
import { writeUuid } from '../bytes/uuid.ts';
import { encodeRow } from '../cell/encode-row.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestKeyColumn, RowKeyType } from '../manifest/manifest.ts';

type Row = Readonly<Record<string, unknown>>;

const ANY_UUID = '00000000-0000-0000-0000-000000000000';
const UUID_BYTES = 16;

/**
 * The identity of one row, in an array of its own.
 * @throws `ERR_ROW_UNKNOWN` when a key value is missing, `ERR_ROW_IDENTITY` when it is not of its
 * column's type
 */
export function rowIdentity(
  primaryKey: readonly ManifestKeyColumn[],
  row: Row | undefined,
): Uint8Array {
  const columns = primaryKey.map(({ name, type }) => ({
    // a manifest binds to rows only where all key columns have a type
    type: type as RowKeyType,
    value: keyValue(row, name),
  }));
  return encodeRow(columns);
}

function keyValue(row: Row | undefined, name: string): unknown {
  const value = row?.[name];
  if (value !== undefined && value !== null) return value;
  throw new FieldsealError('ERR_ROW_UNKNOWN', 'A row-bound value needs the key of its row');
}

/**
 * Identities of many rows of one model. The last one is kept, since the fields of a row follow
 * each other; a single uuid, the common key, is written into one array again and again.
 *
 * @returns a function that throws as {@link rowIdentity}; its answer is valid until the next row.
 */
export function createRowIdentity(
  primaryKey: readonly ManifestKeyColumn[],
): (row: Row) => Uint8Array {
  let last: Row | undefined;
  let identity: Uint8Array = new Uint8Array(0);
  const identify = primaryKey.length === 1 ? singleKey(primaryKey) : undefined;
  return (row) => {
    if (row === last) return identity;
    // the array may hold half of a key when this throws
    last = undefined;
    identity = identify?.(row) ?? rowIdentity(primaryKey, row);
    last = row;
    return identity;
  };
}

/** `undefined` for what is not a uuid: that is left to the encoding of all types. */
function singleKey(
  primaryKey: readonly ManifestKeyColumn[],
): ((row: Row) => Uint8Array | undefined) | undefined {
  const [{ name, type }] = primaryKey as readonly [ManifestKeyColumn];
  if (type !== 'uuid') return undefined;
  const identity = encodeRow([{ type, value: ANY_UUID }]);
  return (row) => {
    const value = row[name];
    const isUuid =
      typeof value === 'string' && writeUuid(identity, value, identity.length - UUID_BYTES);
    return isUuid ? identity : undefined;
  };
}

const MAX_CHARACTERS = 200;

/** The key of a row for errors; bytes as hexadecimal digits. */
export function rowKeyText(
  primaryKey: readonly ManifestKeyColumn[],
  row: Row | undefined,
): string | undefined {
  const values = primaryKey.map(({ name }) => row?.[name]);
  if (values.length === 0 || values.some((value) => value === undefined || value === null)) {
    return undefined;
  }
  return values.map(keyText).join(',').slice(0, MAX_CHARACTERS);
}

function keyText(value: unknown): string {
  if (value instanceof Uint8Array) {
    return hexOf(value);
  }
  const isPlain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isPlain ? String(value) : '?';
}
