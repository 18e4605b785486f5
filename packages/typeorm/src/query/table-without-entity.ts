import { FieldsealError } from '@fieldseal/core';
import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import type { SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';
import { entityOfTable } from './statement-aliases.ts';

/**
 * A write that names a table as text knows nothing of its columns: refused for tables that hold
 * sealed columns.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function refuseTable(builder: QueryBuilder<ObjectLiteral>, operation: string): void {
  const model = entityNamed(builder)?.model;
  if (model === undefined) return;
  throw new FieldsealError(
    'ERR_OPERATOR_UNSUPPORTED',
    `${operation} into the table of ${model} by its name: name the entity, so that its fields are sealed`,
    { model, operation },
  );
}

/**
 * A condition object on such a table would be compared with cells: it would find nothing, and send
 * its value as it is.
 * @throws `ERR_OPERATOR_UNSUPPORTED` where it names a sealed column or one that holds tokens
 */
export function refuseConditions(builder: QueryBuilder<ObjectLiteral>, where: ObjectLiteral): void {
  const entity = entityNamed(builder);
  if (entity === undefined) return;
  const asked = new Set(Object.keys(where).map((key) => key.replaceAll('"', '').toLowerCase()));
  const isAsked = (name: string): boolean => asked.has(name.toLowerCase());
  for (const column of [...entity.sealed.keys(), ...entity.tokenOf.keys()]) {
    if (!isAsked(column.databaseName) && !isAsked(column.propertyPath)) continue;
    const place = { model: entity.model, field: column.propertyPath, operator: 'where' };
    throw refusal(place, 'name the entity and not its table, so that tokens are compared');
  }
}

function entityNamed({
  dataSource,
  expressionMap: { mainAlias },
}: QueryBuilder<ObjectLiteral>): SealedEntity | undefined {
  const named = mainAlias?.hasMetadata === false ? mainAlias.tablePath : undefined;
  return entityOfTable(dataSource, named);
}
