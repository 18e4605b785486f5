import type { ValueType } from './value-type.ts';

/** First byte of a plaintext (FORMAT.md section 3). */
export const VALUE_TAG: Readonly<Record<ValueType, number>> = {
  string: 1,
  bytes: 2,
  int: 3,
  bigint: 4,
  decimal: 5,
  double: 6,
  boolean: 7,
  date: 8,
  timestamp: 9,
  json: 10,
};

/** Types whose plaintext ends with `0x80` and padding; the others have a fixed length. */
export const VARIABLE_LENGTH: Readonly<Record<ValueType, boolean>> = {
  string: true,
  bytes: true,
  int: false,
  bigint: true,
  decimal: true,
  double: false,
  boolean: false,
  date: false,
  timestamp: false,
  json: true,
};
