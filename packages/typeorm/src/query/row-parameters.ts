import { checkScopeSpelling, FieldsealError, type Scope } from '@fieldseal/core';
import type { Parameter } from '../annotation/parameter.ts';
import type { ColumnMetadata, SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import type { PendingRow } from '../parameter/pending-row.ts';
import { RowParameter } from '../parameter/row-parameter.ts';
import type { RowKey } from './row-key.ts';

/** What is known of a row when its statement is built. */
export interface KnownRow {
  readonly entity: SealedEntity;
  readonly operation: string;
  readonly written: ReadonlyMap<SealedColumn, unknown>;
  readonly key: RowKey | undefined;
  /** Tenant or subject by the path of the scope column; `undefined` when nothing says it. */
  scope(path: string, part: keyof Scope): string | undefined;
}

/**
 * What stands in the columns of the written fields and their tokens: parameters, and `null` in what goes with
 * a field that is cleared. Such a field is a parameter as well: whether it may be written is asked of it as of others.
 * @throws `ERR_SCOPE_REQUIRED`
 */
export function rowParameters(row: KnownRow): ReadonlyMap<ColumnMetadata, Parameter | null> {
  const columns = new Map<ColumnMetadata, Parameter | null>();
  const pending = new Map<string, PendingRow & { readonly values: Record<string, unknown> }>();
  const cleared = { model: row.entity.model, operation: row.operation, values: {}, scope: {} };
  for (const [sealed, value] of row.written) {
    if (value === null) {
      columns.set(sealed.column, clearing(cleared, sealed));
      for (const { column } of sealed.tokens) columns.set(column, null);
      if (sealed.old !== undefined) columns.set(sealed.old, null);
      continue;
    }
    const { scope = '', subject = '', name } = sealed.field;
    const id = `${scope}\n${subject}`;
    const of = pending.get(id) ?? pendingRow(row, sealed);
    pending.set(id, of);
    of.values[name] = value;
    columns.set(sealed.column, new RowParameter(of, name));
    for (const { index, column } of sealed.tokens) {
      columns.set(column, new RowParameter(of, index.name));
    }
    const { old, field } = sealed;
    if (old !== undefined && field.from !== undefined)
      columns.set(old, new RowParameter(of, field.from.name));
  }
  return columns;
}

/** NULL is of no tenant and in no row. */
function clearing(
  of: PendingRow & { readonly values: Record<string, unknown> },
  { field: { name } }: SealedColumn,
): Parameter {
  of.values[name] = null;
  return new RowParameter(of, name);
}

function pendingRow(
  { entity, operation, key, scope }: KnownRow,
  { field }: SealedColumn,
): PendingRow & { readonly values: Record<string, unknown> } {
  const found: { tenant?: string; subject?: string } = {};
  for (const part of ['tenant', 'subject'] as const) {
    const path = part === 'tenant' ? field.scope : field.subject;
    if (path === undefined) continue;
    const text = scope(path, part);
    if (text === undefined) throw scopeRequired(entity, field.name, path, operation);
    found[part] = checkScopeSpelling(text, entity.model, field.name);
  }
  const values: Record<string, unknown> = {};
  return {
    model: entity.model,
    operation,
    values,
    scope: found,
    ...(key === undefined ? {} : { row: key }),
  };
}

function scopeRequired(
  { model }: SealedEntity,
  field: string,
  path: string,
  operation: string,
): FieldsealError {
  const message = `${model}.${field}: name ${path}, or use an ambient scope`;
  return new FieldsealError('ERR_SCOPE_REQUIRED', message, { model, field, operation });
}
