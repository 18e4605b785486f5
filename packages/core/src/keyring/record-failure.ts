import type { AuditTrail } from '../audit/audit-trail.ts';
import { failureFacts } from '../audit/failure-facts.ts';
import type { Principals } from './principal.ts';

/** Lets a change that does not come to pass leave an entry as well; one that does writes its own. */
export async function recordFailure<T>(
  {
    trail,
    principals,
  }: {
    readonly trail: Pick<AuditTrail, 'check' | 'record'>;
    readonly principals: Pick<Principals, 'orNobody'>;
  },
  action: string,
  work: () => Promise<T>,
): Promise<T> {
  trail.check();
  try {
    return await work();
  } catch (error) {
    trail.record({
      principal: principals.orNobody(),
      action,
      readOnly: false,
      ...failureFacts(error),
    });
    throw error;
  }
}
