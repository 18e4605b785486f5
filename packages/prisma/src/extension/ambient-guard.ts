import type { Scope } from '@fieldseal/core';
import type { CallContext } from './call-context.ts';
import { namedScope } from './named-scope.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { scopeNative } from './scope-value.ts';

/**
 * Conditions that keep a write by key to the tenant and subject around it. Without them the row of
 * somebody else would be changed first, and refused only when the result is opened.
 */
export function ambientGuard(
  { ambient }: CallContext,
  view: ModelView,
  where: unknown,
): Readonly<Record<string, unknown>> {
  const chain = isRecord(where) ? [where] : [];
  const guard: Record<string, unknown> = {};
  for (const { scope, subject } of view.sealed?.fields.values() ?? []) {
    add(scope, 'tenant');
    add(subject, 'subject');
  }
  return guard;

  function add(column: string | undefined, part: keyof Scope): void {
    const text = ambient[part];
    if (column === undefined || text === undefined) return;
    if (namedScope(view, chain, column) !== undefined) return;
    const native = scopeNative(view.fields.get(column), text);
    if (native !== undefined) guard[column] = native;
  }
}
