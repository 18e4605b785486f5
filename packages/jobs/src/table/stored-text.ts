import type { ManifestField } from '@fieldseal/core';
import { quoted } from './sql-names.ts';

type Column = Pick<ManifestField, 'column' | 'storage'>;

const columnOf = ({ column }: Column): string => `t.${quoted(column)}`;

/** SQL of what stands in the field's column, as text; bytes are `\\x` and their digits. */
export function storedText(field: Column): string {
  const column = columnOf(field);
  return field.storage === 'text' ? `${column}::text` : `'\\x' || encode(${column}, 'hex')`;
}

/** SQL of whether the column is still what a page had read as `before`. */
export function isStillStored(field: Column, before: string): string {
  const column = columnOf(field);
  // bytes, not letters: a collation may take two spellings for one
  return field.storage === 'text'
    ? `${column}::text COLLATE "C" IS NOT DISTINCT FROM ${before}`
    : `${column} IS NOT DISTINCT FROM ${before}::bytea`;
}

/** SQL of whether a cell stands there. */
export function isCellSql(field: Column): string {
  const column = columnOf(field);
  return field.storage === 'text'
    ? `starts_with(${column}::text, 'fs1.')`
    : `octet_length(${column}) >= 60 AND get_byte(${column}, 0) = 245`;
}

/** What the codec takes for the text of {@link storedText}. */
export function storedValue({ storage }: Column, text: string | null): string | Uint8Array | null {
  if (text === null || storage === 'text') return text;
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}

/** Text that PostgreSQL takes for `bytea`. */
export function bytesText(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? `\\x${Buffer.from(bytes).toString('hex')}` : null;
}
