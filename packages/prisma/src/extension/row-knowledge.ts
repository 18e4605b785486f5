import { type Scope, scopeText } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { scopeColumnInData } from './data-scope.ts';
import { namedScope } from './named-scope.ts';
import { isRecord } from './record.ts';
import { type RowKey, rowKeyInWhere, rowKeyOf } from './row-identity.ts';
import type { ModelView } from './schema-view.ts';
import { scopeNative } from './scope-value.ts';

type Values = Readonly<Record<string, unknown>>;

/** What is known about the one row that an update will hit, before it runs. */
export interface RowKnowledge {
  readonly key: RowKey | undefined;
  /** Tenant or subject of the row as arguments or the locate query name it, by scope column. */
  scope(column: string): string | undefined;
  /** What the locate query found for a relation; `undefined` when it did not ask. */
  related(name: string): Values | null | undefined;
  /**
   * Conditions that the write must carry besides its own: a row that changed meanwhile is then
   * not found, instead of getting a cell that belongs to another.
   */
  readonly guard: Record<string, unknown>;
}

/**
 * @param located - the row's key, scope columns and to-one relations as the locate query read
 * them; absent when the query was not needed.
 */
export function createRowKnowledge(
  view: ModelView,
  where: unknown,
  located?: Values,
): RowKnowledge {
  const chain = isRecord(where) ? [where] : [];
  const found = located === undefined ? undefined : rowKeyOf(view, located);
  const guard: Record<string, unknown> = { ...found };
  return {
    key: found ?? rowKeyInWhere(view, where),
    guard,
    scope(column) {
      const named = namedScope(view, chain, column);
      const text = named ?? scopeText(located?.[column]);
      if (named === undefined && text !== undefined) guard[column] = located?.[column];
      return text;
    },
    related: (name) => located?.[name] as Values | null | undefined,
  };
}

/**
 * The row that does not exist yet: the update half of an upsert whose row was not found. It is
 * sealed for the row that the create half makes and guarded by that row's key and scope, so it
 * can never run on a row that somebody else made in between.
 */
export function createMissingRow(view: ModelView, created: Values): RowKnowledge {
  const key = rowKeyOf(view, created);
  const guard: Record<string, unknown> = { ...key };
  return {
    key,
    guard,
    scope(column) {
      const named = scopeColumnInData(view, created, column);
      if (named.kind !== 'value') return undefined;
      guard[column] = scopeNative(view.fields.get(column), named.text);
      return named.text;
    },
    // A row that is not there has no related rows, and this half of the upsert never runs.
    related: () => null,
  };
}

/** The row's tenant or subject; the ambient one becomes a condition of the write. */
export function scopeOfRow(
  context: CallContext,
  view: ModelView,
  row: RowKnowledge,
  column: string,
  part: keyof Scope,
): string | undefined {
  const known = row.scope(column);
  const text = known ?? context.ambient[part];
  if (known !== undefined || text === undefined) return known;
  const native = scopeNative(view.fields.get(column), text);
  if (native === undefined) return undefined;
  row.guard[column] = native;
  return text;
}
