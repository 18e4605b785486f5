import { checkScopeSpelling, FieldsealError } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { namedScope } from './named-scope.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { scopeNative } from './scope-value.ts';
import { noRow } from './where-guard.ts';

type Guard = Readonly<Record<string, unknown>>;

/**
 * What a write that returns rows has to carry besides its own condition inside an ambient scope.
 * A row of somebody else is refused when it is opened, but by then it would have been written.
 * @param where - as the application wrote it
 * @throws `ERR_SCOPE_CHANGE` when `where` names another tenant or subject
 */
export function heldToScope(context: CallContext, view: ModelView, where: unknown): Guard {
  const guard: Record<string, unknown> = {};
  for (const { name, scope, subject } of view.sealed?.fields.values() ?? []) {
    const parts = [
      [scope, context.ambient.tenant],
      [subject, context.ambient.subject],
    ] as const;
    for (const [column, around] of parts) {
      if (column === undefined || around === undefined) continue;
      const text = checkScopeSpelling(around, view.name, name);
      Object.assign(guard, guardOf(context, view, where, column, text));
    }
  }
  return guard;
}

function guardOf(
  context: CallContext,
  view: ModelView,
  where: unknown,
  column: string,
  text: string,
): Guard {
  const named = namedScope(view, isRecord(where) ? [where] : [], column);
  if (named === text) return {};
  if (named !== undefined) {
    const { operation } = context;
    throw new FieldsealError(
      'ERR_SCOPE_CHANGE',
      `${view.name}.${column} in ${operation}: where names another one than the ambient scope`,
      { model: view.name, field: column, operation },
    );
  }
  const native = scopeNative(view.fields.get(column), text);
  // No row can hold what is no value of the column's type.
  return native === undefined ? noRow(view) : { [column]: native };
}
