import { FieldsealError } from '@fieldseal/core';
import { asList } from './as-list.ts';
import type { CallContext } from './call-context.ts';
import type { ModelView } from './schema-view.ts';
import { scopeNative } from './scope-value.ts';

/**
 * The condition on the rows of one model: the root `where`, or one inside a relation filter.
 * Conditions nested by AND, OR and NOT share a frame.
 */
export interface WhereFrame {
  readonly context: CallContext;
  readonly view: ModelView;
  /** Whether every row of a relation has to match: rows of other tenants cannot be left out then. */
  readonly every: boolean;
  /** Whether a plain value on a field names a row, as in `findUnique`, `update` and `connect`. */
  readonly unique: boolean;
  /** The physical condition; filled while walking and when tokens are known. */
  readonly out: Record<string, unknown>;
  /** Scope columns that already got the ambient tenant. */
  readonly narrowed: Set<string>;
  /** Token columns that lookups of this frame went through. */
  readonly looked: Set<string>;
}

export function createWhereFrame(
  context: CallContext,
  view: ModelView,
  kind: { readonly every?: boolean; readonly unique?: boolean } = {},
): WhereFrame {
  return {
    context,
    view,
    every: kind.every ?? false,
    unique: kind.unique ?? false,
    out: {},
    narrowed: new Set(),
    looked: new Set(),
  };
}

/**
 * Tokens differ from tenant to tenant, so a negation also matches the rows of all other tenants,
 * whatever they hold. Under an ambient tenant the whole condition is about that tenant's rows.
 */
export function narrowToAmbient(frame: WhereFrame, field: string, column: string): void {
  const { view, context } = frame;
  const tenant = context.ambient.tenant;
  const value = tenant === undefined ? undefined : scopeNative(view.fields.get(column), tenant);
  if (frame.every || value === undefined) {
    throw new FieldsealError(
      'ERR_SCOPE_REQUIRED',
      `${view.name}.${field} in ${context.operation}: name ${column} in the same condition`,
      { model: view.name, field, operation: context.operation },
    );
  }
  if (frame.narrowed.has(column)) return;
  frame.narrowed.add(column);
  addConjunct(frame.out, { [column]: value });
}

/** Adds a condition that has to hold besides all others. */
export function addConjunct(where: Record<string, unknown>, part: Record<string, unknown>): void {
  where.AND = [...asList(where.AND), part];
}
