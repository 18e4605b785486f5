import { FieldsealError } from '@fieldseal/core';
import type { Session } from '../table/session.ts';
import { uniqueIndexes } from '../table/unique-indexes.ts';
import { type FieldTarget, scopeColumn } from './field-target.ts';
import type { TokenColumn } from './rotation-body.ts';
import { tokenBytes } from './tombstone.ts';

/**
 * The token columns of a field, and what is unique in them.
 *
 * A unique index may be over the token and the column that says whose the row is, as that never changes
 * without the token. An update of any other column alone would compare tokens of two generations, and what the
 * table computes, the trigger does not see.
 *
 * @throws `ERR_JOB_REFUSED` naming a unique index that cannot be held while the tokens change
 */
export async function rotatingColumns(
  session: Session,
  target: Pick<FieldTarget, 'model' | 'field' | 'table'>,
): Promise<readonly TokenColumn[]> {
  const { model, field, table } = target;
  const scope = field.scope === undefined ? undefined : scopeColumn(model, field.scope);
  const columns: TokenColumn[] = [];
  for (const { column, kind } of field.indexes) {
    const found = await uniqueIndexes(session, table.name, column);
    const uniques = found.map((unique) => {
      const others = unique.columns.filter(({ name }) => name !== column);
      const isHeld = others.every(({ name, isGenerated }) => name === scope && !isGenerated);
      if (unique.isPlain && isHeld) return others;
      const message = `${table.name}: ${unique.name} cannot be kept unique while the tokens change: it is partial, deferrable, NULLS NOT DISTINCT, over a generated column, or over more than ${[column, scope].filter(Boolean).join(' and ')}`;
      throw new FieldsealError('ERR_JOB_REFUSED', message, {
        table: table.name,
        index: unique.name,
        reason: 'unique',
      });
    });
    columns.push({ column, bytes: tokenBytes({ kind }), uniques });
  }
  return columns;
}
