import type { ManifestField } from '@fieldseal/core';
import { toCellValue } from './application-value.ts';
import type { CallContext } from './call-context.ts';
import { isFieldReference } from './prisma-value.ts';
import { isRecord } from './record.ts';
import { refusal } from './refusal.ts';
import type { ModelView } from './schema-view.ts';

/** The sealed fields that `data` writes, with plain values; `null` clears a field. */
export function sealedData(
  context: CallContext,
  view: ModelView,
  data: Readonly<Record<string, unknown>>,
): ReadonlyMap<ManifestField, unknown> {
  const written = new Map<ManifestField, unknown>();
  const { sealed } = view;
  for (const name of sealed === undefined ? [] : [...sealed.tokens.keys(), ...sealed.olds.keys()]) {
    if (data[name] === undefined) continue;
    const place = { model: view.name, field: name, operation: context.operation };
    const why = 'token columns and old columns are written with their field';
    throw refusal({ ...place, operator: 'data' }, why);
  }
  for (const field of view.sealed?.fields.values() ?? []) {
    const value = plainValue(context, view, field, data[field.name]);
    if (value !== undefined) written.set(field, toCellValue(view.name, field, value));
  }
  return written;
}

/** `{ set: v }` is `v`, but a JSON document may well be `{ "set": 1 }`. */
function plainValue(
  context: CallContext,
  view: ModelView,
  field: ManifestField,
  value: unknown,
): unknown {
  const place = { model: view.name, field: field.name, operation: context.operation };
  if (isFieldReference(value)) {
    throw refusal({ ...place, operator: 'fieldReference' }, 'it cannot be set to a column');
  }
  if (field.type === 'json' || !isRecord(value)) return value;
  for (const operator of Object.keys(value)) {
    if (operator === 'set' || value[operator] === undefined) continue;
    throw refusal({ ...place, operator }, 'the database cannot compute with a cell');
  }
  return value.set;
}
