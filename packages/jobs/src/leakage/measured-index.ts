import type { ManifestField, ManifestIndex, ManifestModel } from '@fieldseal/core';
import { scopeColumn } from '../field/field-target.ts';
import type { Session } from '../table/session.ts';
import { quoted, tableName } from '../table/sql-names.ts';

/** An index with the field that it is of. */
export interface MeasuredIndex {
  readonly model: ManifestModel;
  readonly field: ManifestField;
  readonly index: ManifestIndex;
}

/** SQL of whose tokens these are: a tenant's where each has its own, else everybody's. */
export function tenantSql({ model, field, index }: MeasuredIndex): string {
  const { scope } = field;
  if (scope === undefined || index.global !== undefined) return `''`;
  return `t.${quoted(scopeColumn(model, scope))}::text`;
}

const HAS_COLUMN = `
SELECT EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT attisdropped)
    AS "has"`;

/** Whether every row that has a value has a token as well. */
export async function isBuilt(session: Session, measured: MeasuredIndex): Promise<boolean> {
  const { model, field, index } = measured;
  const table = tableName(model);
  const has = async (column: string): Promise<boolean> =>
    (await session.rows(HAS_COLUMN, [table, column]))[0]?.has === true;
  if (!(await has(index.column))) return false;
  const { from } = field;
  const columns = [field.column];
  if (from !== undefined && (await has(from.column))) columns.push(from.column);
  const isThere = columns.map((column) => `t.${quoted(column)} IS NOT NULL`).join(' OR ');
  const lacks = `(${isThere}) AND t.${quoted(index.column)} IS NULL`;
  const [found] = await session.rows(
    `SELECT EXISTS (SELECT FROM ${table} AS t WHERE ${lacks}) AS "lacking"`,
  );
  return found?.lacking === false;
}
