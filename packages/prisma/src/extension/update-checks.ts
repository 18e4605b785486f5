import { type ErrorCode, FieldsealError, type ManifestField, scopeText } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { scopeColumnInData, scopeColumns } from './data-scope.ts';
import { isRecord } from './record.ts';
import type { RowKnowledge } from './row-knowledge.ts';
import type { ModelView } from './schema-view.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Refuses updates that would part a cell from what it is bound to.
 * @throws `ERR_ROW_IDENTITY` for a change of the primary key of a model with row-bound fields
 * @throws `ERR_SCOPE_CHANGE` for a change of a scope column without writing all fields under it
 */
export function checkUpdate(
  context: CallContext,
  view: ModelView,
  data: Values,
  row: RowKnowledge,
  written: ReadonlyMap<ManifestField, unknown>,
): void {
  if (view.sealed?.bound() === true) checkKey(context, view, data, row);
  for (const column of view.scopeSources) checkSource(context, view, data, row, column);
  for (const column of scopeColumns(view.sealed?.fields.values() ?? [])) {
    checkScope(context, view, data, row, written, column);
  }
}

function checkKey(context: CallContext, view: ModelView, data: Values, row: RowKnowledge): void {
  for (const name of view.primaryKey) {
    const value = isRecord(data[name]) ? data[name].set : data[name];
    if (data[name] === undefined || (value !== undefined && value === row.key?.[name])) continue;
    throw failure(context, view, name, 'ERR_ROW_IDENTITY', 'cells are bound to the primary key');
  }
}

function checkSource(
  context: CallContext,
  view: ModelView,
  data: Values,
  row: RowKnowledge,
  column: string,
): void {
  if (data[column] === undefined) return;
  const value = isRecord(data[column]) ? data[column].set : data[column];
  const text = scopeText(value);
  if (text !== undefined && (row.scope(column) ?? scopeText(row.key?.[column])) === text) return;
  throw failure(
    context,
    view,
    column,
    'ERR_SCOPE_CHANGE',
    'rows that refer to it are sealed for it',
  );
}

function checkScope(
  context: CallContext,
  view: ModelView,
  data: Values,
  row: RowKnowledge,
  written: ReadonlyMap<ManifestField, unknown>,
  column: string,
): void {
  const named = scopeColumnInData(view, data, column);
  if (named.kind === 'absent') return;
  if (named.kind === 'value' && named.text === row.scope(column)) return;
  const values = [...(view.sealed?.fields.values() ?? [])]
    .filter((field) => field.scope === column || field.subject === column)
    .map((field) => written.get(field));
  const known = named.kind === 'value' || values.every((value) => value === null);
  if (known && values.every((value) => value !== undefined)) return;
  const why = 'it can change only together with every field that is sealed under it';
  throw failure(context, view, column, 'ERR_SCOPE_CHANGE', why);
}

function failure(
  context: CallContext,
  view: ModelView,
  field: string,
  code: ErrorCode,
  why: string,
): FieldsealError {
  const { operation } = context;
  const message = `${view.name}.${field} in ${operation}: cannot be changed, ${why}`;
  return new FieldsealError(code, message, { model: view.name, field, operation });
}
