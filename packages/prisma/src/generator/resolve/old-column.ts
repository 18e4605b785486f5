import type { OldColumnType } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';

/** Type of a column of the database, with what it keeps of a value. */
export interface OldType {
  readonly type: OldColumnType;
  readonly limit?: number;
}

/** What Prisma makes a column of, where the schema names no type of the database. */
const DEFAULTS: ReadonlyMap<string, OldType> = new Map<string, OldType>([
  ['String', { type: 'text' }],
  ['Boolean', { type: 'bool' }],
  ['Int', { type: 'int4' }],
  ['BigInt', { type: 'int8' }],
  ['Float', { type: 'float8' }],
  ['Decimal', { type: 'numeric', limit: 30 }],
  ['DateTime', { type: 'timestamp', limit: 3 }],
  ['Json', { type: 'jsonb' }],
  ['Bytes', { type: 'bytea' }],
]);

const NATIVE: ReadonlyMap<string, OldColumnType> = new Map<string, OldColumnType>([
  ['Text', 'text'],
  ['VarChar', 'varchar'],
  ['Uuid', 'uuid'],
  ['Boolean', 'bool'],
  ['SmallInt', 'int2'],
  ['Integer', 'int4'],
  ['BigInt', 'int8'],
  ['DoublePrecision', 'float8'],
  ['Decimal', 'numeric'],
  ['Date', 'date'],
  ['Timestamp', 'timestamp'],
  ['Timestamptz', 'timestamptz'],
  ['Json', 'json'],
  ['JsonB', 'jsonb'],
  ['ByteA', 'bytea'],
]);

/** @returns `undefined` for a type that values cannot move out of */
export function oldTypeOf(field: DMMF.Field): OldType | undefined {
  if (field.kind !== 'scalar' || field.isList) return undefined;
  const [native, args = []] = field.nativeType ?? [];
  if (native === undefined) return DEFAULTS.get(field.type);
  const type = NATIVE.get(native);
  if (type === undefined) return undefined;
  const limit = limitOf(type, args);
  return limit === undefined ? { type } : { type, limit };
}

function limitOf(type: OldColumnType, args: readonly string[]): number | undefined {
  const [first, second] = args.map(Number);
  // digits behind the point are none where only the digits in all are given
  if (type === 'numeric') return first === undefined ? undefined : (second ?? 0);
  return first;
}
