import type { PrismaUnique } from '../manifest/prisma-manifest.ts';
import { toOperand } from './application-value.ts';
import type { ConjunctChain } from './named-scope.ts';
import { refusal } from './refusal.ts';
import { lookupUnique, startUnique } from './sealed-filter.ts';
import type { WhereFrame } from './where-frame.ts';

/**
 * Rewrites a compound unique: `tenantId_aadhaar: { tenantId, aadhaar }` becomes
 * `tenantId_aadhaarToken: { tenantId, aadhaarToken }`.
 */
export function compoundWhere(
  node: {
    readonly frame: WhereFrame;
    readonly out: Record<string, unknown>;
    readonly chain: ConjunctChain;
    readonly negative: boolean;
  },
  unique: PrismaUnique,
  value: Record<string, unknown>,
): void {
  const { frame, out, chain, negative } = node;
  const physical: Record<string, unknown> = {};
  out[unique.physicalName] = physical;
  const untokened = startUnique(frame, out, unique.physicalName);
  for (const [place, name] of unique.fields.entries()) {
    const column = unique.physicalFields[place] ?? name;
    const field = frame.view.sealed?.fields.get(name);
    if (field === undefined) {
      physical[column] = value[name];
      untokened.conditions.push({ [column]: value[name] });
      continue;
    }
    const condition = { frame, field, chain: [value, ...chain], negative };
    const where = { model: frame.view.name, field: name, operation: frame.context.operation };
    lookupUnique(condition, toOperand(field, value[name]), untokened, (predicate) => {
      if (predicate.column !== column) {
        throw refusal({ ...where, operator: unique.name }, 'its token is another column');
      }
      physical[column] = predicate.tokens[0];
    });
  }
}
