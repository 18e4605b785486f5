import { isRecord } from './record.ts';
import { addConjunct } from './where-frame.ts';

/** A condition that no row fulfils: Prisma takes an empty OR for false. */
export const NO_ROW: Readonly<Record<string, unknown>> = { OR: [] };

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
