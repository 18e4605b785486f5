import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';
import { addConjunct } from './where-frame.ts';

/** Types that Prisma has no `in` for. */
const WITHOUT_IN: ReadonlySet<string> = new Set(['Boolean', 'Json']);

/**
 * A condition that no row of the model fulfils. It is an empty `in`, because Prisma drops an empty
 * `OR` that stands in an `AND`, and then takes every row.
 */
export function noRow(view: ModelView): Readonly<Record<string, unknown>> {
  const columns = [...view.fields].filter(
    ([, { kind, isList, type }]) => kind === 'scalar' && !isList && !WITHOUT_IN.has(type),
  );
  const [name = ''] = [...view.primaryKey, ...columns.map(([column]) => column)];
  return { [name]: { in: [] } };
}

/**
 * Adds conditions to a rewritten `where`, in place: its tokens are filled in when the call runs,
 * and a copy would stay without them.
 */
export function guarded(where: unknown, guard: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(guard).length === 0) return where;
  if (!isRecord(where)) return { AND: [{ ...guard }] };
  addConjunct(where, { ...guard });
  return where;
}
