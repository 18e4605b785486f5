import type { AuditTrail } from '../audit/audit-trail.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import type { Principals } from './principal.ts';

/** Holds an export to its right; whether it may be or not, it leaves an entry with what `authorise` tells. */
export function authoriseExport(
  {
    trail,
    principals,
  }: {
    readonly trail: Pick<AuditTrail, 'check' | 'record'>;
    readonly principals: Pick<Principals, 'current'>;
  },
  action: string,
  authorise: () => { readonly decision?: string },
): void {
  const facts = { principal: principals.current(), action, readOnly: true };
  trail.check();
  let told: ReturnType<typeof authorise>;
  try {
    told = authorise();
  } catch (error) {
    trail.record({ ...facts, ...failureFacts(error) });
    throw error;
  }
  trail.record({ ...facts, ...told });
}
