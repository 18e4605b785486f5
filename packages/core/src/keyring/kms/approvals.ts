import { latin1 } from '../../bytes/latin1.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ApprovalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { FieldPhase } from '../../keys/field-phase.ts';
import { rolledBack } from '../../keys/rolled-back.ts';
import { approvalStatement, type Proposal } from './approval-statement.ts';
import type { Approvers } from './approvers.ts';
import { createPhaseCeilings } from './phase-ceilings.ts';
import { isPolicyAtCreation } from './policy-at-creation.ts';
import { createPolicyCeilings, type PolicyCeilings } from './policy-ceilings.ts';
import { liftedEpoch, restoreName, signedStep } from './restore-step.ts';
import { phaseName, signedPhase } from './signed-content.ts';

/** What was signed by somebody else than its proposer. */
export interface Approvals {
  /** Whether changes that widen somebody's rights need a second pair of eyes. */
  readonly required: boolean;
  /**
   * Verifies the signatures of a snapshot that are new.
   * @returns lets the snapshot count: to be called in the turn from which on it is used, as what is decided
   * by one state must not be held to another
   * @throws `ERR_STORE_ROLLED_BACK` when one that was seen is missing, or an older one in its place
   */
  learn(snapshot: ControlSnapshot): Promise<() => void>;
  /** Whether the signature under a proposal is that of an approver who did not propose it. */
  verify(proposal: Proposal, approver: string, signature: Uint8Array): Promise<boolean>;
  /** Parameters that were signed for a policy or grant, as JSON; `undefined` when none were. */
  signed(snapshot: ControlSnapshot, subject: ApprovalSubject): string | undefined;
  /** Whether a policy gives no more than what is in force for the key. */
  readonly permits: PolicyCeilings['permits'];
  /**
   * The phase of a field that counts here: a step to one that lets more plaintext through does only with a
   * signature, as far as this process saw where it began.
   */
  phaseInForce(fieldId: string, stored: FieldPhase): FieldPhase;
}

/** What an approval is in force for. */
export interface ApprovalSubject {
  readonly type: 'policy' | 'grant' | 'phase';
  /** Of the key, of the grant, or of the field. */
  readonly id: string;
  readonly keyId: string;
}

export function subjectName({ type, id }: ApprovalSubject): string {
  return type === 'phase' ? phaseName(id) : `${type}/${id}`;
}

/** What cannot be done by one person alone. @param keyId - `*` for what is under all keys. */
export function approvalRequired(keyId: string, operation: string): FieldsealError {
  const message = 'The change needs the signature of somebody else: propose it to an approver';
  return new FieldsealError('ERR_APPROVAL_REQUIRED', message, { keyId, operation });
}

function kindOf({ subject }: ApprovalRecord): string {
  return subject.slice(0, subject.indexOf('/'));
}

/** Nobody signs the name of a row: it has to follow from what is signed. */
function isNamedAsSigned(record: ApprovalRecord): boolean {
  const { subject, keyId, content } = record;
  const kind = kindOf(record);
  if (kind === 'policy') return subject === subjectName({ type: 'policy', id: keyId, keyId });
  if (kind === 'phase') return subject === phaseName(signedPhase(content)?.FieldId ?? '');
  // a grant is held to its terms where it is used
  if (kind !== 'restore') return true;
  const step = signedStep(content);
  return step !== undefined && subject === restoreName(step);
}

const OPERATIONS: Readonly<Record<string, string>> = {
  policy: 'PutKeyPolicy',
  grant: 'CreateGrant',
  phase: 'SetPhase',
  restore: 'AcceptRestoredStore',
};

export function createApprovals(
  approvers: Approvers,
  store: { readonly pin: string; readonly environment: string },
): Approvals {
  /** By the MACs of approval rows: what does not change is verified once. */
  let valid: ReadonlyMap<string, boolean> = new Map();
  /** When what was signed was proposed, by subject: microseconds since 1970. */
  let seen: ReadonlyMap<string, bigint> = new Map();
  /** Of the state that was learnt last. */
  let epoch = 0n;
  const isValid = ({ row }: ApprovalRecord): boolean => valid.get(latin1(row.rowMac)) === true;
  const ceilings = createPolicyCeilings(isValid);
  const phases = createPhaseCeilings(isValid);

  async function verify(
    proposal: Proposal,
    approver: string,
    signature: Uint8Array,
  ): Promise<boolean> {
    if (approver === proposal.proposer) return false;
    return approvers.verify(approver, approvalStatement(store, proposal), signature);
  }

  async function verifyRecord(record: ApprovalRecord): Promise<boolean> {
    const { approver, signature } = record;
    const kind = kindOf(record);
    if (kind === 'created') return isPolicyAtCreation(store, record);
    const operation = OPERATIONS[kind];
    if (operation === undefined || !isNamedAsSigned(record)) return false;
    return verify({ ...record, operation }, approver, signature);
  }

  /** What was signed is in force until something later is: nothing takes it away. */
  function requireAllSeen(snapshot: ControlSnapshot, inForce: ReadonlySet<ApprovalRecord>): void {
    for (const [subject, proposedAt] of seen) {
      const now = snapshot.approvals.get(subject);
      if (now === undefined || now.proposedAt < proposedAt || !inForce.has(now)) {
        throw rolledBack(snapshot.epoch);
      }
    }
  }

  /** Whether a signature is for the very step that leads to a snapshot: it serves no other one. */
  function isStepTo(snapshot: ControlSnapshot, record: ApprovalRecord): boolean {
    const step = kindOf(record) === 'restore' ? signedStep(record.content) : undefined;
    if (step === undefined || seen.has(record.subject)) return false;
    return epoch < liftedEpoch(step) && snapshot.epoch >= liftedEpoch(step);
  }

  return {
    required: approvers.required,
    verify,
    permits: ceilings.permits,
    phaseInForce: (fieldId, stored) =>
      approvers.required ? phases.inForce(fieldId, stored) : stored,
    async learn(snapshot) {
      if (!approvers.required) return () => {};
      const next = new Map<string, boolean>();
      const records = [...snapshot.approvals.values()];
      for (const record of records) {
        const name = latin1(record.row.rowMac);
        next.set(name, valid.get(name) ?? (await verifyRecord(record)));
      }
      const inForce = records.filter(({ row }) => next.get(latin1(row.rowMac)) === true);
      // what two have agreed to take back is no attack, and what was seen before it counts no more
      const isRestored = inForce.some((record) => isStepTo(snapshot, record));
      if (!isRestored) requireAllSeen(snapshot, new Set(inForce));
      return () => {
        valid = next;
        seen = new Map(inForce.map(({ subject, proposedAt }) => [subject, proposedAt]));
        epoch = snapshot.epoch;
        for (const each of [ceilings, phases]) {
          if (isRestored) each.forget();
          each.learn(snapshot);
        }
      };
    },
    signed(snapshot, subject) {
      const approval = snapshot.approvals.get(subjectName(subject));
      if (approval === undefined || approval.keyId !== subject.keyId) return undefined;
      return isValid(approval) ? approval.content : undefined;
    },
  };
}
