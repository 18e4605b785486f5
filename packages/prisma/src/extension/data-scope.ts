import { type ManifestField, scopeText } from '@fieldseal/core';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { scopeInData } from './scope-value.ts';

/** How `data` sets a scope column. */
export type ScopeInData =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly text: string }
  /** Set in a way that does not say to what, such as a relation connected by another unique. */
  | { readonly kind: 'unknown' };

/** Scope and subject columns of the given fields, by property name. */
export function scopeColumns(fields: Iterable<ManifestField>): ReadonlySet<string> {
  const columns = new Set<string>();
  for (const field of fields) {
    if (field.scope !== undefined) columns.add(field.scope);
    if (field.subject !== undefined) columns.add(field.subject);
  }
  return columns;
}

/** What `data` sets a scope column to: directly, or through the relation that it belongs to. */
export function scopeColumnInData(
  view: ModelView,
  data: Readonly<Record<string, unknown>>,
  column: string,
): ScopeInData {
  if (data[column] !== undefined) return valueOrUnknown(scopeInData(data[column]));
  for (const [name, field] of view.fields) {
    const place = field.from?.indexOf(column) ?? -1;
    const value = data[name];
    if (place < 0 || value === undefined || onlyUpdates(value)) continue;
    return valueOrUnknown(throughRelation(value, field.to?.[place]));
  }
  return { kind: 'absent' };
}

function valueOrUnknown(text: string | undefined): ScopeInData {
  return text === undefined ? { kind: 'unknown' } : { kind: 'value', text };
}

/** Writes to the related row leave this row's foreign key as it is. */
function onlyUpdates(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).every((key) => key === 'update');
}

function throughRelation(value: unknown, to: string | undefined): string | undefined {
  if (!isRecord(value) || to === undefined) return undefined;
  const asked = Object.keys(value).filter((key) => value[key] !== undefined);
  if (asked.length !== 1) return undefined;
  const target = value.connect ?? value.create;
  return isRecord(target) ? scopeText(target[to]) : undefined;
}
