import type { ValueType } from '@fieldseal/core';

/** The Prisma type by which the application knows a sealed field. */
export const APPLICATION_TYPE: Readonly<Record<ValueType, string>> = {
  string: 'String',
  bytes: 'Bytes',
  int: 'Int',
  bigint: 'BigInt',
  decimal: 'Decimal',
  double: 'Float',
  boolean: 'Boolean',
  date: 'DateTime',
  timestamp: 'DateTime',
  json: 'Json',
};

/** The value type for a column that has this Prisma type now; for the lines to paste. */
export const VALUE_TYPE_OF: ReadonlyMap<string, ValueType> = new Map([
  ['Int', 'int'],
  ['BigInt', 'bigint'],
  ['Decimal', 'decimal'],
  ['Float', 'double'],
  ['Boolean', 'boolean'],
  ['DateTime', 'timestamp'],
  ['Json', 'json'],
]);
