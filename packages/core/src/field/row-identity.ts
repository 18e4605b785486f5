import { encodeRow } from '../cell/encode-row.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestKeyColumn, RowKeyType } from '../manifest/manifest.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * Row identities of one model. The last one is kept, since the fields of a row follow each other,
 * and the array of columns is written again for each row.
 *
 * @returns a function that throws `ERR_ROW_UNKNOWN` when a key value is missing, and
 * `ERR_ROW_IDENTITY` when it is not of its column's type.
 */
export function createRowIdentity(
  primaryKey: readonly ManifestKeyColumn[],
): (row: Row | undefined) => Uint8Array {
  const columns = primaryKey.map(({ type }) => ({
    // a manifest binds to rows only where all key columns have a type
    type: type as RowKeyType,
    value: undefined as unknown,
  }));
  let last: Row | undefined;
  let identity: Uint8Array | undefined;
  return (row) => {
    if (identity !== undefined && row === last) return identity;
    for (let i = 0; i < columns.length; i++) {
      const value = row?.[(primaryKey[i] as ManifestKeyColumn).name];
      if (value === undefined || value === null) {
        throw new FieldsealError('ERR_ROW_UNKNOWN', 'A row-bound value needs the key of its row');
      }
      (columns[i] as (typeof columns)[number]).value = value;
    }
    identity = encodeRow(columns);
    last = row;
    return identity;
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
    return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  const isPlain =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isPlain ? String(value) : '?';
}
