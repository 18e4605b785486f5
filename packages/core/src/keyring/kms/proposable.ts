import { EVERY_KEY } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { ApprovalSubject } from './approvals.ts';
import {
  requireDeletable,
  type ScheduleDeletionRequest,
  scheduleDeletionEdit,
  windowOf,
} from './deletion.ts';
import { grantEdit } from './grants.ts';
import { policyEdit } from './key-policies.ts';
import { type ChangeOfKeys, type KeyEdit, type KmsParts, namedKey } from './kms-parts.ts';
import { finishShred, scopeOf, shredEdit } from './shred.ts';
import { revived } from './signed-content.ts';

/** Operations that can be proposed. */
export const PROPOSABLE = ['PutKeyPolicy', 'CreateGrant', 'ScheduleKeyDeletion', 'Shred'] as const;
export type ProposableOperation = (typeof PROPOSABLE)[number];

const KEY_EDITS = {
  PutKeyPolicy: policyEdit,
  CreateGrant: grantEdit,
  ScheduleKeyDeletion: scheduleDeletionEdit,
} as const;

/** A change as it is signed: its content decides, whoever brings the signature. */
export interface ProposedChange {
  readonly operation: ProposableOperation;
  /** Parameters as JSON. */
  readonly content: string;
}

/** What a proposed change comes to. */
export interface TriedChange {
  /** {@link EVERY_KEY} when it is about no key alone. */
  readonly keyId: string;
  readonly edit: KeyEdit;
  /** What an approval of it is in force for, where it is verified by whoever loads it. */
  readonly subject?: ApprovalSubject;
  /** What the audit trail says of it. */
  readonly facts: Omit<ChangeOfKeys, 'operation'>;
}

/** Checks a change as the operation itself would, but for the signature that is missing. */
export function tryOut(
  parts: KmsParts,
  { operation, content }: ProposedChange,
  { snapshot, now }: { readonly snapshot: ControlSnapshot; readonly now: bigint },
): TriedChange {
  const request = revived(content);
  if (operation === 'Shred') {
    const { edit, facts } = shredEdit(parts, { snapshot, request, approved: true });
    return { keyId: EVERY_KEY, edit, facts };
  }
  const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
  const change = { snapshot, key, request: request as never, approved: true, now };
  const { edit, decision, subject } = KEY_EDITS[operation](parts, change);
  return {
    keyId: key.id,
    edit,
    facts: { keyId: key.id, decision },
    ...(subject === undefined ? {} : { subject }),
  };
}

/**
 * Holds a change to what takes more than the rows to tell, before it is proposed and again before it is
 * done: a signature is no reason to lose cells.
 * @throws `ERR_KEY_IN_USE`, and what the operation itself throws
 */
export async function requirePossible(
  parts: KmsParts,
  { operation, content }: ProposedChange,
): Promise<void> {
  if (operation !== 'ScheduleKeyDeletion') return;
  const request = revived(content) as unknown as ScheduleDeletionRequest;
  windowOf(request);
  await requireDeletable(parts, request);
}

/** Does what is left to do when the change is in the store; interrupted, it is done by `runDue`. */
export async function followUp(
  parts: KmsParts,
  { operation, content }: ProposedChange,
  proposer: string,
): Promise<void> {
  if (operation === 'Shred') await finishShred(parts, scopeOf(revived(content)), proposer);
}
