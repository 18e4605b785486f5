import { FieldsealError } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import type { ModelView } from './schema-view.ts';

/** The error for a row-bound field that is written to a row which nobody named. */
export function rowUnknown(
  context: CallContext,
  view: ModelView,
  field: string,
  why: string,
): FieldsealError {
  return new FieldsealError(
    'ERR_ROW_UNKNOWN',
    `${view.name}.${field} in ${context.operation}: its cell is bound to one row, ${why}`,
    { model: view.name, field, operation: context.operation },
  );
}
