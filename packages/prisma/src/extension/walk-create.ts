import { FieldsealError, type ManifestField, type Scope } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { scopeColumnInData } from './data-scope.ts';
import { walkCreateRelations } from './nested-creates.ts';
import { registerSeals } from './register-seals.ts';
import { rowKeyOf, supplyRowKey } from './row-identity.ts';
import type { ModelView } from './schema-view.ts';
import { scopeNative } from './scope-value.ts';
import { sealedData } from './sealed-data.ts';
import { setKey } from './set-key.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Copies the `data` of a create and registers every sealed value in it, at any depth. Missing ids
 * of rows that cells are bound to are made here.
 * @param inherited - foreign keys that a nested create gets from the row around it
 * @returns the copy, whose cells and tokens are filled in when the call runs
 */
export function walkCreate(
  context: CallContext,
  view: ModelView,
  data: Values,
  inherited: Values = {},
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined) setKey(out, key, value);
  }
  if (!view.reachesSealed) return out;
  const written = sealedData(context, view, data);
  checkRequired(context, view, written);
  const bound = [...written].some(([field, value]) => field.bind === 'row' && value !== null);
  const row = bound ? supplyRowKey(view, out) : rowKeyOf(view, out);
  const scope = (column: string, part: keyof Scope): string | undefined =>
    scopeOfCreate(context, view, out, inherited, column, part);
  registerSeals(context, { view, target: out, written, row, scope });
  walkCreateRelations(context, view, out, walkCreate);
  return out;
}

/** While a field moves both of its columns take NULL, so the database does not miss it. */
function checkRequired(
  { operation }: CallContext,
  view: ModelView,
  written: ReadonlyMap<ManifestField, unknown>,
): void {
  for (const field of view.sealed?.olds.values() ?? []) {
    if (field.nullable || written.has(field)) continue;
    const place = { model: view.name, field: field.name, operation };
    const message = `${view.name}.${field.name} in ${operation}: the field is required`;
    throw new FieldsealError('ERR_VALUE_TYPE', message, place);
  }
}

function scopeOfCreate(
  context: CallContext,
  view: ModelView,
  out: Record<string, unknown>,
  inherited: Values,
  column: string,
  part: keyof Scope,
): string | undefined {
  const named = scopeColumnInData(view, { ...inherited, ...out }, column);
  if (named.kind !== 'absent') return named.kind === 'value' ? named.text : undefined;
  const text = context.ambient[part];
  if (text === undefined) return undefined;
  const native = scopeNative(view.fields.get(column), text);
  if (native === undefined) return undefined;
  // The column has to say what the cell is sealed for, or the row could not be read again.
  out[column] = native;
  return text;
}
