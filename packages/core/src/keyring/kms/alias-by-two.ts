import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { approvalRequired } from './approvals.ts';
import { requireApprovedFact } from './fact-of-key.ts';
import type { KmsParts } from './kms-parts.ts';

/**
 * An alias decides which key is sealed under from now on, and so who opens it. What the other key gives
 * is told by more than its policy: its grants and tags, policies of identities, and whoever imported its
 * material. So a name that is there moves and goes by two, and one that a registered field has is
 * given by two.
 * @throws `ERR_APPROVAL_REQUIRED`
 */
export function requireApprovedAlias(
  parts: Pick<KmsParts, 'access' | 'approvals' | 'policies' | 'fieldKeys'>,
  snapshot: ControlSnapshot,
  change: {
    readonly operation: 'CreateAlias' | 'UpdateAlias' | 'DeleteAlias';
    readonly alias: string;
    readonly key: KeyRecord;
    readonly approved: boolean;
  },
): void {
  const { operation, alias, key, approved } = change;
  if (!parts.approvals.required || approved) return;
  if (operation !== 'CreateAlias' || parts.fieldKeys.isNamed(snapshot, alias)) {
    throw approvalRequired(key.id, operation);
  }
  requireApprovedFact(parts, snapshot, { operation, key, fact: 'aliases', approved });
}
