import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyOperation } from '../../keys/key-states.ts';
import type { FactOfKey } from '../../policy/policy-facts.ts';
import { approvalRequired } from './approvals.ts';
import type { KmsParts } from './kms-parts.ts';

/**
 * Tags and aliases decide where a condition of a policy asks for them: a change of such a one may give
 * somebody a right, and then takes two.
 * @throws `ERR_APPROVAL_REQUIRED`
 */
export function requireApprovedFact(
  { access, approvals, policies }: Pick<KmsParts, 'access' | 'approvals' | 'policies'>,
  snapshot: ControlSnapshot,
  change: {
    readonly operation: KeyOperation;
    readonly key: KeyRecord;
    readonly fact: FactOfKey;
    readonly approved: boolean;
  },
): void {
  const { operation, key, fact, approved } = change;
  if (!approvals.required || approved) return;
  const request = access.request(snapshot, { operation, key }, access.principals.asking());
  if (policies.asksFor(snapshot, request, fact)) throw approvalRequired(key.id, operation);
}
