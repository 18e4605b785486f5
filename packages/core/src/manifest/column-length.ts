import type { ValueType } from '../cell/value-type.ts';

/** Around a plaintext (FORMAT.md section 3), and in front of a cell in a text column. */
const CELL_OVERHEAD = 59;
const TEXT_PREFIX = 4;

/** Type tag and end mark of a value. */
const VALUE_OVERHEAD = 2;

/** The limit of a field without one in the manifest. */
const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Types whose values have a length of their own; with tag and padding they take 16 bytes. */
const SHORT_TYPES: ReadonlySet<ValueType> = new Set([
  'boolean',
  'int',
  'double',
  'date',
  'bigint',
  'timestamp',
]);
const SHORT_PLAINTEXT = 16;

/** A column that cannot take this many bytes of a text, a number or a document is a mistake. */
const USEFUL_PLAINTEXT = 64;

/** Plaintexts above 256 bytes grow by up to an eighth, those below to a multiple of 16. */
const LARGEST_STEP = 16;

/**
 * Fewest characters that a text column must take to be of use: every value of the short types, and
 * values of about 60 bytes of the others.
 *
 * @param pad - The field's `pad`, in bytes.
 *
 * @example
 * ```ts
 * import { shortestColumn } from '@fieldseal/core';
 *
 * shortestColumn('date'); // 104
 * ```
 */
export function shortestColumn(type: ValueType, pad = 0): number {
  const plaintext = SHORT_TYPES.has(type) ? SHORT_PLAINTEXT : USEFUL_PLAINTEXT;
  const bytes = CELL_OVERHEAD + Math.max(plaintext, pad);
  return TEXT_PREFIX + Math.ceil((bytes * 4) / 3);
}

/**
 * What a text column lets a value have: a longer one is refused with an error of its own before
 * anything is written.
 *
 * @param characters - Length of the column, at least {@link shortestColumn}.
 * @returns the largest value, in bytes, whose cell surely fits; at most 1 MiB.
 *
 * @example
 * ```ts
 * import { largestValue } from '@fieldseal/core';
 *
 * largestValue(255); // 126
 * ```
 */
export function largestValue(characters: number): number {
  const plaintext = Math.floor(((characters - TEXT_PREFIX) * 3) / 4) - CELL_OVERHEAD;
  const unpadded =
    plaintext <= 256
      ? Math.floor(plaintext / LARGEST_STEP) * LARGEST_STEP
      : Math.max(256, Math.floor((plaintext * 8) / 9));
  return Math.min(unpadded - VALUE_OVERHEAD, DEFAULT_MAX_BYTES);
}
