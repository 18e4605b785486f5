import { sha256 } from '@noble/hashes/sha2.js';
import { hexOf } from '../bytes/hex.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type ApprovalRecord, EVERY_KEY } from '../keys/approval-records.ts';
import { approvalStatement, type Proposal } from './kms/approval-statement.ts';
import { approvalRequired } from './kms/approvals.ts';
import { signatureBytes } from './kms/approvers.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { invalidRequest } from './kms/request.ts';
import { type RestoreStep, restoreName } from './kms/restore-step.ts';

/** What an approver signed of a restore. */
export interface RestoreApproval {
  readonly approver: string;
  /** Of the statement of `proposeRestore`: 64 bytes, or what `ssh-keygen -Y sign -n fieldseal` writes. */
  readonly signature: Uint8Array | string;
  /** As `proposeRestore` gave it; 24 hours are there to sign. */
  readonly proposedAt: Date;
}

/** A restore as it is to be signed. */
export interface ProposedRestore {
  readonly proposedAt: Date;
  /** The text to read and to sign, as UTF-8. */
  readonly statement: Uint8Array;
}

/** What a restore does, as far as it is decided before it is accepted. */
export interface RestoreFacts extends RestoreStep {
  readonly tombstones: readonly string[];
}

const OPERATION = 'AcceptRestoredStore';
const DAY_US = 86_400_000_000n;
const utf8 = new TextEncoder();

/** Names the restored state and what it replaces, so that no other restore is meant by a signature. */
function proposalOf(
  { access }: Pick<KmsParts, 'access'>,
  { restored, known, tombstones }: RestoreFacts,
  proposedAt: bigint,
): Proposal {
  const digest = hexOf(sha256(utf8.encode([...tombstones].sort().join('\n'))));
  const content = { restored: String(restored), known: String(known), tombstones: digest };
  return {
    operation: OPERATION,
    keyId: EVERY_KEY,
    content: JSON.stringify(content),
    proposer: access.principals.current(),
    proposedAt,
  };
}

type Parts = Pick<KmsParts, 'access' | 'approvals' | 'environment' | 'pin' | 'time'>;

/** The text that an approver signs, as of now. */
export async function restoreStatement(
  parts: Parts,
  facts: RestoreFacts,
): Promise<ProposedRestore> {
  const now = await parts.time.earliest();
  const proposedAt = now - (now % 1000n);
  const statement = approvalStatement(parts, proposalOf(parts, facts, proposedAt));
  return { proposedAt: new Date(Number(proposedAt / 1000n)), statement };
}

/**
 * Holds a restore to the signature of somebody else, where there are approvers. What gives it stays in
 * the store, so that processes which saw later approvals know that they were taken back by two.
 * @throws `ERR_APPROVAL_REQUIRED`, `ERR_APPROVAL_INVALID`, `ERR_REQUEST_INVALID`
 */
export async function requireRestoreApproval(
  parts: Parts,
  facts: RestoreFacts,
  approval: RestoreApproval | undefined,
): Promise<Omit<ApprovalRecord, 'row'> | undefined> {
  const { approvals, time } = parts;
  if (!approvals.required) return undefined;
  if (approval === undefined) throw approvalRequired(EVERY_KEY, OPERATION);
  const { approver, proposedAt } = approval;
  if (!(proposedAt instanceof Date) || !Number.isFinite(proposedAt.getTime())) {
    throw invalidRequest('approval.proposedAt', 'Must be when the restore was proposed');
  }
  const at = BigInt(proposedAt.getTime()) * 1000n;
  const proposal = proposalOf(parts, facts, at);
  const signature = signatureBytes(approval.signature);
  const isInTime = at <= (await time.latest()) && at + DAY_US > (await time.latest());
  const isSigned =
    signature !== undefined && (await approvals.verify(proposal, String(approver), signature));
  if (!isInTime || !isSigned) {
    const message = 'The signature is not one of an approver, other than the proposer, of it';
    throw new FieldsealError('ERR_APPROVAL_INVALID', message, { operation: OPERATION });
  }
  return { ...proposal, subject: restoreName(facts), approver, signature };
}
