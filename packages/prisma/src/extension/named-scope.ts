import { asList } from './as-list.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { scopeByEquality } from './scope-value.ts';

/** The `where` objects around a condition on one model that all hold with it, innermost first. */
export type ConjunctChain = readonly Readonly<Record<string, unknown>>[];

/** The tenant or subject that `where` names by equality for a condition, searched outwards. */
export function namedScope(
  view: ModelView,
  chain: ConjunctChain,
  column: string,
): string | undefined {
  for (const where of chain) {
    const named = namedIn(view, where, column);
    if (named !== undefined) return named;
  }
  return undefined;
}

function namedIn(
  view: ModelView,
  where: Readonly<Record<string, unknown>>,
  column: string,
): string | undefined {
  const direct = scopeByEquality(where[column]);
  if (direct !== undefined) return direct;
  const inside = [...asList(where.AND), ...compoundsOf(view, where, column)];
  for (const part of inside) {
    const named = isRecord(part) ? namedIn(view, part, column) : undefined;
    if (named !== undefined) return named;
  }
  return undefined;
}

function compoundsOf(
  view: ModelView,
  where: Readonly<Record<string, unknown>>,
  column: string,
): readonly unknown[] {
  const found: unknown[] = [];
  for (const [name, unique] of view.compounds) {
    if (unique.fields.includes(column) && where[name] !== undefined) found.push(where[name]);
  }
  return found;
}
