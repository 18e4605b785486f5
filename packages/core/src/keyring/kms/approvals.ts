import { latin1 } from '../../bytes/latin1.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { approvalStatement, type Proposal } from './approval-statement.ts';
import type { Approvers } from './approvers.ts';

/** What was signed by somebody else than its proposer. */
export interface Approvals {
  /** Whether changes that widen somebody's rights need a second pair of eyes. */
  readonly required: boolean;
  /** Verifies the signatures of a snapshot that are new. To be called before it is used. */
  learn(snapshot: ControlSnapshot): Promise<void>;
  /** Whether the signature under a proposal is that of an approver who did not propose it. */
  verify(proposal: Proposal, approver: string, signature: Uint8Array): Promise<boolean>;
  /** Parameters that were signed for a policy or grant, as JSON; `undefined` when none were. */
  signed(snapshot: ControlSnapshot, subject: ApprovalSubject): string | undefined;
}

/** What an approval is in force for. */
export interface ApprovalSubject {
  readonly type: 'policy' | 'grant';
  /** Of the key, or of the grant. */
  readonly id: string;
  readonly keyId: string;
}

export function subjectName({ type, id }: ApprovalSubject): string {
  return `${type}/${id}`;
}

/** What cannot be done by one person alone. @param keyId - `*` for what is under all keys. */
export function approvalRequired(keyId: string, operation: string): FieldsealError {
  const message = 'The change needs the signature of somebody else: propose it to an approver';
  return new FieldsealError('ERR_APPROVAL_REQUIRED', message, { keyId, operation });
}

export function createApprovals(
  approvers: Approvers,
  store: { readonly pin: string; readonly environment: string },
): Approvals {
  /** By the MACs of approval rows: what does not change is verified once. */
  let valid: ReadonlyMap<string, boolean> = new Map();

  async function verify(
    proposal: Proposal,
    approver: string,
    signature: Uint8Array,
  ): Promise<boolean> {
    if (approver === proposal.proposer) return false;
    return approvers.verify(approver, approvalStatement(store, proposal), signature);
  }

  return {
    required: approvers.required,
    verify,
    async learn(snapshot) {
      if (!approvers.required) return;
      const next = new Map<string, boolean>();
      for (const { row, subject, signature, approver, ...rest } of snapshot.approvals.values()) {
        const name = latin1(row.rowMac);
        const operation = subject.startsWith('policy/') ? 'PutKeyPolicy' : 'CreateGrant';
        const known = valid.get(name);
        next.set(name, known ?? (await verify({ ...rest, operation }, approver, signature)));
      }
      valid = next;
    },
    signed(snapshot, subject) {
      const approval = snapshot.approvals.get(subjectName(subject));
      if (approval === undefined || approval.keyId !== subject.keyId) return undefined;
      return valid.get(latin1(approval.row.rowMac)) === true ? approval.content : undefined;
    },
  };
}
