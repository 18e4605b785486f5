import { FieldsealError } from '@fieldseal/core';
import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import { contextOf } from './query-context.ts';

/**
 * A write that names a table as text knows nothing of its columns: refused for tables that hold
 * sealed columns.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function refuseTable(builder: QueryBuilder<ObjectLiteral>, operation: string): void {
  const { mainAlias } = builder.expressionMap;
  const context = contextOf(builder.dataSource);
  const named = mainAlias?.hasMetadata === false ? mainAlias.tablePath : undefined;
  if (context === undefined || named === undefined) return;
  const table = named.replaceAll('"', '').split('.').at(-1);
  const metadata = builder.dataSource.entityMetadatas.find(({ tableName }) => tableName === table);
  const entity = metadata === undefined ? undefined : context.entities.of(metadata);
  if (entity === undefined) return;
  const { model } = entity;
  throw new FieldsealError(
    'ERR_OPERATOR_UNSUPPORTED',
    `${operation} into the table of ${model} by its name: name the entity, so that its fields are sealed`,
    { model, operation },
  );
}
