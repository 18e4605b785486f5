import type { ManifestOldColumn, OldColumnType } from '@fieldseal/core';
import type { ColumnMetadata } from './sealed-entities.ts';

/** By what TypeORM's driver calls the types. */
const TYPES: ReadonlyMap<string, OldColumnType> = new Map<string, OldColumnType>([
  ['text', 'text'],
  ['character varying', 'varchar'],
  ['uuid', 'uuid'],
  ['bytea', 'bytea'],
  ['smallint', 'int2'],
  ['integer', 'int4'],
  ['bigint', 'int8'],
  ['numeric', 'numeric'],
  ['double precision', 'float8'],
  ['boolean', 'bool'],
  ['date', 'date'],
  ['timestamp without time zone', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
  ['json', 'json'],
  ['jsonb', 'jsonb'],
]);

/** @returns `undefined` for a type that values cannot move out of */
export function oldTypeOf(
  column: ColumnMetadata,
): Pick<ManifestOldColumn, 'type' | 'limit'> | undefined {
  // these two are text of TypeORM's own
  if (column.isArray || column.type === 'simple-array' || column.type === 'simple-json')
    return undefined;
  const { driver } = column.entityMetadata.dataSource;
  const type = TYPES.get(driver.normalizeType(column));
  if (type === undefined) return undefined;
  const limit = limitOf(type, column);
  return limit === undefined ? { type } : { type, limit };
}

function limitOf(type: OldColumnType, column: ColumnMetadata): number | undefined {
  const { length, precision, scale } = column;
  if (type === 'varchar') return length === '' ? undefined : Number(length);
  const digits = precision ?? undefined;
  if (type === 'timestamptz' || type === 'timestamp') return digits;
  // digits behind the point are none where only the digits in all are given
  return type === 'numeric' && digits !== undefined ? (scale ?? 0) : undefined;
}
