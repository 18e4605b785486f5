import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ProposalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { type ApprovalSubject, subjectName } from './approvals.ts';
import { findProposal } from './find-proposal.ts';
import { changeFacts, type KmsParts } from './kms-parts.ts';
import {
  followUp,
  type ProposableOperation,
  prepare,
  requirePossible,
  tryOut,
} from './proposable.ts';
import { withoutProposerTags } from './proposer-tags.ts';

/**
 * What was signed later is not undone by what was proposed before it.
 * @throws `ERR_APPROVAL_INVALID`
 */
function requireLatest(
  { approvals }: ControlSnapshot,
  subject: ApprovalSubject | undefined,
  { keyId, operation, createdAt }: ProposalRecord,
): void {
  const last = subject === undefined ? undefined : approvals.get(subjectName(subject));
  if (last === undefined || last.proposedAt <= createdAt) return;
  const message = 'A later proposal was approved meanwhile: propose this one again';
  throw new FieldsealError('ERR_APPROVAL_INVALID', message, { keyId, operation });
}

/**
 * Does what was proposed, in the name of the proposer, with the tags that they had and the rights that they
 * have by now. With a signature it stays beside what it is in force for.
 * @throws `ERR_PROPOSAL_NOT_FOUND`, `ERR_APPROVAL_INVALID`, and what the operation itself throws
 */
export async function doProposed(
  parts: KmsParts,
  proposal: ProposalRecord,
  by: {
    /** Who handed it in. */
    readonly submitter: string;
    readonly signed?: { readonly approver: string; readonly signature: Uint8Array };
  },
): Promise<void> {
  const { control, access, rows } = parts;
  const { submitter, signed } = by;
  const { keyId, proposer, createdAt } = proposal;
  const operation = proposal.operation as ProposableOperation;
  const { content, tags } = withoutProposerTags(proposal.content);
  const change = { operation, keyId, content };
  const now = await parts.time.latest();
  const asProposer = tags === undefined ? proposer : { id: proposer, tags };
  await access.principals.as(asProposer, async () => {
    await requirePossible(parts, change);
    const prepared = await prepare(parts, change);
    await control.change((snapshot) => {
      const { row, expiresAt } = findProposal(snapshot, proposal.id);
      if (expiresAt <= now) {
        throw new FieldsealError('ERR_PROPOSAL_NOT_FOUND', 'The time of the proposal is over');
      }
      const { edit, subject, facts } = tryOut(parts, change, { ...prepared, snapshot, now });
      requireLatest(snapshot, subject, proposal);
      const approval = { keyId, content: proposal.content, proposer, proposedAt: createdAt };
      const put =
        subject === undefined || signed === undefined
          ? []
          : [rows.approval({ ...approval, ...signed, subject: subjectName(subject) })];
      const approver = signed === undefined ? {} : { approver: signed.approver };
      const details = { ...facts.details, ...approver, submitter, proposal: proposal.id };
      return {
        put: [...(edit?.put ?? []), ...put],
        remove: [...(edit?.remove ?? []), row],
        audit: changeFacts(parts, { ...facts, operation, details }),
      };
    });
    await followUp(parts, change, proposer);
  });
}
