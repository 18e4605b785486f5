import type { ValueType } from '@fieldseal/core';

/** Bytes of a cell around the plaintext value, with the end mark and room for its padding. */
const CELL_OVERHEAD = 64;
const TEXT_PREFIX = 4;

/** The longest value, in bytes, of types that have one; 64 for those that do not. */
const VALUE_BYTES: Readonly<Partial<Record<ValueType, number>>> = {
  boolean: 16,
  int: 16,
  double: 16,
  date: 16,
  bigint: 16,
  timestamp: 16,
};

/**
 * Fewest characters that a text column must take to be of use: every value of the fixed types, and
 * values of 64 bytes of the others.
 */
export function shortestColumn(type: ValueType, pad = 0): number {
  const bytes = CELL_OVERHEAD + Math.max(VALUE_BYTES[type] ?? 64, pad);
  return TEXT_PREFIX + Math.ceil((bytes * 4) / 3);
}
