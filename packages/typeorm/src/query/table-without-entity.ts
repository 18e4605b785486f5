import { FieldsealError } from '@fieldseal/core';
import type { ObjectLiteral, QueryBuilder } from 'typeorm';
import { entityOfTable } from './statement-aliases.ts';

/**
 * A write that names a table as text knows nothing of its columns: refused for tables that hold
 * sealed columns.
 * @throws `ERR_OPERATOR_UNSUPPORTED`
 */
export function refuseTable(builder: QueryBuilder<ObjectLiteral>, operation: string): void {
  const { mainAlias } = builder.expressionMap;
  const named = mainAlias?.hasMetadata === false ? mainAlias.tablePath : undefined;
  const entity = entityOfTable(builder.dataSource, named);
  if (entity === undefined) return;
  const { model } = entity;
  throw new FieldsealError(
    'ERR_OPERATOR_UNSUPPORTED',
    `${operation} into the table of ${model} by its name: name the entity, so that its fields are sealed`,
    { model, operation },
  );
}
