import type { ManifestIndex, ManifestModel } from './manifest.ts';
import { ID } from './text-rules.ts';

/**
 * The id of a field whose annotation gives none: its place in the database. Every adapter makes the
 * same one, so that two of them can share a table.
 *
 * @param model - `schema` counts only where the mapping names one.
 * @param column - Database name.
 * @returns `undefined` when the names cannot be an id; the annotation then has to give one.
 *
 * @example
 * ```ts
 * import { defaultFieldId } from '@fieldseal/core';
 *
 * defaultFieldId({ table: 'customers' }, 'pan'); // "customers.pan"
 * ```
 */
export function defaultFieldId(
  model: Pick<ManifestModel, 'table' | 'schema'>,
  column: string,
): string | undefined {
  const { schema, table } = model;
  const id = [...(schema === undefined ? [] : [schema]), table, column].join('.');
  return ID.pattern.test(id) ? id : undefined;
}

/**
 * The id of an index whose annotation gives none: field id, a dot and the kind. The version of a
 * part function is left out, as it is registered apart from the id.
 *
 * @example
 * ```ts
 * import { defaultIndexId } from '@fieldseal/core';
 *
 * defaultIndexId('customers.pan', { kind: 'equality' }); // "customers.pan.equality"
 * defaultIndexId('customers.pan', { kind: 'part', part: 'last4' }); // "customers.pan.last4"
 * ```
 */
export function defaultIndexId(
  fieldId: string,
  { kind, part }: Pick<ManifestIndex, 'kind' | 'part'>,
): string {
  return `${fieldId}.${part?.split('@', 1)[0] ?? kind}`;
}
