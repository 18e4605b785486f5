import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { guardClause } from './guard-clause.ts';
import { mainEntity } from './query-context.ts';
import { refusal } from './refusal.ts';

/**
 * What a write returns is given to the application as it is, and written into its entity: cells
 * must not be among it.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function checkReturning(builder: QueryBuilder<ObjectLiteral>): void {
  const entity = mainEntity(builder);
  if (entity === undefined) return;
  const { returning } = builder.expressionMap;
  const [first] = entity.sealed.values();
  if (Array.isArray(returning) && returning.includes('*') && first !== undefined) {
    throw refused(entity, first.field.name);
  }
  for (const name of Array.isArray(returning) ? returning : []) {
    const sealed = [...entity.sealed.values()].find(({ column, old }) =>
      [column, old].some((each) => each?.propertyPath === name || each?.databaseName === name),
    );
    if (sealed !== undefined) throw refused(entity, sealed.field.name);
  }
  if (typeof returning === 'string') guardClause(builder, 'returning', returning);
}

function refused({ model }: SealedEntity, field: string): Error {
  const why = 'name columns that are not sealed, and read the row afterwards';
  return refusal({ model, field, operator: 'returning' }, why);
}
