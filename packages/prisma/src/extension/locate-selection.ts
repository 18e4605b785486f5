import type { ManifestField } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { scopeColumnInData } from './data-scope.ts';
import { namedScope } from './named-scope.ts';
import { isRecord } from './record.ts';
import { rowKeyInWhere } from './row-identity.ts';
import type { ModelView } from './schema-view.ts';
import { sealedData } from './sealed-data.ts';
import { splitToOneUpdate } from './to-one-update.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * What has to be read before an update can be sealed: keys and scope columns along the write's
 * path, down its to-one relations.
 * @returns a Prisma `select`, or `undefined` when the arguments say everything
 */
export function locateSelection(
  context: CallContext,
  view: ModelView,
  where: unknown,
  data: Values,
): Record<string, unknown> | undefined {
  if (!view.reachesSealed) return undefined;
  const columns = missingColumns(context, view, where, data);
  const related = relatedSelections(context, view, data);
  if (columns.size === 0 && related.length === 0) return undefined;
  const names = [...view.primaryKey, ...columns];
  return Object.fromEntries([...related, ...names.map((name) => [name, true] as const)]);
}

/** Columns of the row itself that its cells are bound to and that the arguments do not name. */
function missingColumns(
  context: CallContext,
  view: ModelView,
  where: unknown,
  data: Values,
): ReadonlySet<string> {
  const columns = new Set<string>();
  const keyed = rowKeyInWhere(view, where) !== undefined;
  for (const [field, value] of sealedData(context, view, data)) {
    if (value === null) continue;
    if (field.bind === 'row' && !keyed) for (const name of view.primaryKey) columns.add(name);
    for (const column of missingScopes(context, view, where, data, field)) columns.add(column);
  }
  return columns;
}

function missingScopes(
  context: CallContext,
  view: ModelView,
  where: unknown,
  data: Values,
  field: ManifestField,
): readonly string[] {
  const chain = isRecord(where) ? [where] : [];
  const missing: string[] = [];
  for (const part of ['tenant', 'subject'] as const) {
    const column = part === 'tenant' ? field.scope : field.subject;
    if (column === undefined || context.ambient[part] !== undefined) continue;
    if (scopeColumnInData(view, data, column).kind !== 'absent') continue;
    if (namedScope(view, chain, column) === undefined) missing.push(column);
  }
  return missing;
}

/** To-one relations that are updated; a to-many row has to be named by its key. */
function relatedSelections(
  context: CallContext,
  view: ModelView,
  data: Values,
): readonly (readonly [string, unknown])[] {
  const found: [string, unknown][] = [];
  for (const [name, field] of view.fields) {
    const writes = data[name];
    if (field.kind !== 'relation' || field.isList || !isRecord(writes)) continue;
    const below = context.schema.model(field.type);
    const { where, data: nested } = updatePart(below, writes);
    const select =
      nested === undefined ? undefined : locateSelection(context, below, where, nested);
    if (select !== undefined) found.push([name, { select }]);
  }
  return found;
}

function updatePart(
  below: ModelView,
  writes: Record<string, unknown>,
): { readonly where: unknown; readonly data: Values | undefined } {
  if (isRecord(writes.update)) return splitToOneUpdate(below, writes.update);
  if (!isRecord(writes.upsert)) return { where: undefined, data: undefined };
  const { where, update } = writes.upsert;
  return { where, data: isRecord(update) ? update : undefined };
}
