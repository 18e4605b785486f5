import { scopeText } from '@fieldseal/core';
import type { DataSource, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata, SealedEntity } from '../model/sealed-entities.ts';
import type { QueryContext } from './query-context.ts';
import { keyOfInsert } from './row-key.ts';
import { rowParameters } from './row-parameters.ts';
import { scopeNative } from './scope-of.ts';
import { checkRequired, rowUnknown, writtenFields } from './written-fields.ts';

/** What goes into columns of one inserted row in the place of what the entity has. */
export type InsertColumns = ReadonlyMap<ColumnMetadata, unknown>;

/**
 * Parameters for the sealed fields of one inserted row and their tokens, the uuids that are made
 * here, and the ambient tenant where the entity names none.
 * @throws `ERR_ROW_UNKNOWN`, `ERR_SCOPE_REQUIRED`, `ERR_OPERATOR_UNSUPPORTED`
 */
export function insertColumns(
  dataSource: DataSource,
  context: QueryContext,
  entity: SealedEntity,
  values: ObjectLiteral,
): InsertColumns {
  const columns = new Map<ColumnMetadata, unknown>();
  const written = writtenFields(entity, values);
  checkRequired(entity, written);
  if (written.size === 0) return columns;
  const isBound = [...written].some(([{ field }, value]) => field.bind === 'row' && value !== null);
  const { key, made } = keyOfInsert(dataSource, entity, values);
  if (isBound && key === undefined) {
    throw rowUnknown(entity, 'a row-bound value needs the primary key of its row');
  }
  if (isBound) for (const [column, uuid] of made) columns.set(column, uuid);
  const row = {
    entity,
    operation: `${entity.model}.insert`,
    written,
    key: isBound ? key : undefined,
    scope(path: string, part: 'tenant' | 'subject'): string | undefined {
      const column = entity.column(path);
      const named: unknown = column?.getEntityValue(values);
      if (named !== undefined) return scopeText(named);
      const around = context.ambient()[part];
      // the column has to say what the cell is sealed for, or the row could not be read again
      if (around !== undefined && column !== undefined) {
        columns.set(column, scopeNative(column, around));
      }
      return around;
    },
  };
  for (const [column, parameter] of rowParameters(row)) columns.set(column, parameter);
  return columns;
}
