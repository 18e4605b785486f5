import { scopeText } from '@fieldseal/core';
import { type ColumnType, FindOperator, type ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from '../model/sealed-entities.ts';

/** The value that a condition names by equality: plain, `Equal(v)` or `In([v])`. */
export function equalityOf(condition: unknown): unknown {
  if (!(condition instanceof FindOperator)) return condition;
  if (condition.type === 'equal') return condition.value;
  if (condition.type !== 'in') return undefined;
  const values: unknown = condition.value;
  return Array.isArray(values) && values.length === 1 ? values[0] : undefined;
}

/** The tenant or subject that an entity, a partial one or a condition names in its column. */
export function scopeIn(column: ColumnMetadata, values: ObjectLiteral): string | undefined {
  return scopeText(equalityOf(column.getEntityValue(values)));
}

const WHOLE: ReadonlySet<ColumnType> = new Set<ColumnType>([
  Number,
  'int',
  'int2',
  'int4',
  'integer',
  'smallint',
]);

/** A tenant of the ambient scope as a value of its column; `bigint` columns take text. */
export function scopeNative(column: ColumnMetadata, text: string): unknown {
  return WHOLE.has(column.type) && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
