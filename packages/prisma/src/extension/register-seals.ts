import {
  checkScopeSpelling,
  FieldsealError,
  type ManifestField,
  type Scope,
} from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { toOldValues } from './old-values.ts';
import type { RowKey } from './row-identity.ts';
import type { ModelView } from './schema-view.ts';

/** What is to be sealed into one row. */
export interface RowSeals {
  readonly view: ModelView;
  /** The copy of the data that gets cells and tokens. */
  readonly target: Record<string, unknown>;
  /** Fields with plain values, `null` to clear. */
  readonly written: ReadonlyMap<ManifestField, unknown>;
  readonly row: RowKey | undefined;
  /** The row's tenant or subject by scope column; `undefined` when nothing says it. */
  scope(column: string, part: keyof Scope): string | undefined;
}

/**
 * Hands the sealed values of one row to the core. Fields with different scope columns go one by
 * one, since a row is sealed under one scope at a time.
 * @throws `ERR_SCOPE_REQUIRED` when a value's tenant or subject is not known
 */
export function registerSeals(context: CallContext, seals: RowSeals): void {
  const groups = new Map<string, ManifestField[]>();
  for (const [field, value] of seals.written) {
    // Clearing needs no key, hence no scope.
    const id = value === null ? '' : `${field.scope ?? ''}\n${field.subject ?? ''}`;
    groups.set(id, [...(groups.get(id) ?? []), field]);
  }
  for (const fields of groups.values()) registerGroup(context, seals, fields, groups.size > 1);
}

function registerGroup(
  context: CallContext,
  seals: RowSeals,
  fields: readonly ManifestField[],
  apart: boolean,
): void {
  const { view, target, written, row } = seals;
  const [first] = fields;
  if (first === undefined) return;
  const scope = written.get(first) === null ? {} : scopeOf(context, seals, first);
  const own = apart ? {} : target;
  for (const field of fields) own[field.name] = written.get(field);
  context.fields.seal({ model: view.name, target: own, scope, ...(row && { row }) });
  if (view.sealed?.olds.size !== 0) context.afterRun.push(() => toOldValues(view, own));
  if (apart) context.afterRun.push(() => Object.assign(target, own));
}

function scopeOf(context: CallContext, seals: RowSeals, field: ManifestField): Scope {
  const scope: { tenant?: string; subject?: string } = {};
  for (const part of ['tenant', 'subject'] as const) {
    const column = part === 'tenant' ? field.scope : field.subject;
    if (column === undefined) continue;
    const text = seals.scope(column, part);
    if (text === undefined) throw scopeRequired(context, seals.view, field, column);
    scope[part] = checkScopeSpelling(text, seals.view.name, field.name);
  }
  return scope;
}

function scopeRequired(
  context: CallContext,
  view: ModelView,
  field: ManifestField,
  column: string,
): FieldsealError {
  const { operation } = context;
  return new FieldsealError(
    'ERR_SCOPE_REQUIRED',
    `${view.name}.${field.name} in ${operation}: name ${column}, or use an ambient scope`,
    { model: view.name, field: field.name, operation },
  );
}
