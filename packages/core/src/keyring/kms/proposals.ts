import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { EVERY_KEY, type ProposalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import { randomUuid } from '../primitives.ts';
import type { RemoveSlotRequest } from '../remove-slot.ts';
import type { RotateRootKeyRequest } from '../root-rotation-steps.ts';
import type { SetPhaseRequest } from '../set-phase.ts';
import { approvalStatement } from './approval-statement.ts';
import { approvalRequired } from './approvals.ts';
import { signatureBytes } from './approvers.ts';
import { doProposed } from './do-proposed.ts';
import { requireOnEveryKey } from './every-key.ts';
import { findProposal } from './find-proposal.ts';
import { dateOf } from './key-metadata.ts';
import { changeFacts, type KmsParts, namedKey } from './kms-parts.ts';
import { PROPOSABLE, type ProposableOperation, requirePossible, tryOut } from './proposable.ts';
import { withProposerTags } from './proposer-tags.ts';
import { boundedText, checkMembers, invalidRequest, oneOf } from './request.ts';
import { requireRightOf } from './right-of-proposal.ts';
import type { ShredRequest } from './shred.ts';

export interface ProposalEntry {
  readonly ProposalId: string;
  /** `*` for what is under all keys, such as the data of a tenant. */
  readonly KeyId: string;
  readonly Operation: string;
  /** Who proposed it. */
  readonly Proposer: string;
  readonly CreationDate: Date;
  readonly ExpirationDate: Date;
  /** The text to read and to sign, as UTF-8. */
  readonly Statement: Uint8Array;
}

/** Changes that take two: who proposes one, and an approver who signs it. */
export interface Proposals {
  /**
   * Stores a change with all its parameters, for 24 hours; nothing of it is done yet.
   * @param request - `Request` is what the operation takes: with its `KeyId`, or for `Shred` with
   * `Tenant`, `Subject` or both, for `RotateRootKey` with `leaveOut`, for `RemoveSlot` with `slotId`, for `SetPhase` with `FieldId` and
   * `Phase`.
   */
  proposeChange(request: {
    readonly Operation: ProposableOperation;
    readonly Request:
      | { readonly KeyId: string }
      | { readonly AliasName: string; readonly TargetKeyId?: string }
      | Omit<ShredRequest, 'DryRun'>
      | RotateRootKeyRequest
      | RemoveSlotRequest
      | SetPhaseRequest;
  }): Promise<ProposalEntry>;
  /**
   * Does what was proposed, in the name of the proposer and with the rights they have by now. Whoever hands
   * the signature in needs no right, and is in the audit trail beside the approver.
   * @param request - `Signature` is of the statement: 64 bytes, or what `ssh-keygen -Y sign -n
   * fieldseal` writes.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_APPROVAL_INVALID`, `ERR_PROPOSAL_NOT_FOUND`
   */
  approveChange(request: {
    readonly ProposalId: string;
    readonly Approver: string;
    readonly Signature: Uint8Array | string;
  }): Promise<void>;
  /**
   * The second of two steps where no approvers are named: does what was proposed, by its proposer or by
   * somebody with the right to do just that. It is no second pair of eyes.
   * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_PROPOSAL_NOT_FOUND`, `ERR_ACCESS_DENIED`, and
   * `ERR_APPROVAL_REQUIRED` where there are approvers
   */
  confirmChange(request: { readonly ProposalId: string }): Promise<void>;
  /** What waits and can still be approved, oldest first. @param request - `KeyId` is `*` for what is under all keys. */
  listProposals(request: {
    readonly KeyId: string;
  }): Promise<{ readonly Proposals: readonly ProposalEntry[] }>;
  /** Takes a proposal back. @throws `ERR_PROPOSAL_NOT_FOUND` */
  withdrawProposal(request: { readonly ProposalId: string }): Promise<void>;
}

const DAY = 86_400_000_000n;

export function createProposals(parts: KmsParts): Proposals {
  const { control, access, rows, primitives, approvals, environment, pin } = parts;

  function entryOf(proposal: Omit<ProposalRecord, 'row'>): ProposalEntry {
    const { id, keyId, operation, proposer, createdAt, expiresAt } = proposal;
    return {
      ProposalId: id,
      KeyId: keyId,
      Operation: operation,
      Proposer: proposer,
      CreationDate: dateOf(createdAt),
      ExpirationDate: dateOf(expiresAt),
      Statement: approvalStatement({ pin, environment }, { ...proposal, proposedAt: createdAt }),
    };
  }

  /** Holds the caller to the right to look at a key, or at each for what is under all; gives its id. */
  function requireLook(snapshot: ControlSnapshot, given: unknown): string {
    const operation = 'GetKeyPolicy';
    if (given === EVERY_KEY) {
      requireOnEveryKey(parts, snapshot, operation);
      return EVERY_KEY;
    }
    const key = namedKey(snapshot, 'KeyId', given, 'id only');
    access.rights(snapshot, { operation, key });
    return key.id;
  }

  return {
    async proposeChange(given) {
      checkMembers(given, ['Operation', 'Request']);
      const operation = oneOf('Operation', given.Operation, PROPOSABLE);
      if (typeof given.Request !== 'object' || given.Request === null) {
        throw invalidRequest('Request', 'Must be what the operation takes');
      }
      const request = boundedText('Request', JSON.stringify(given.Request), 2, 60_000);
      await requirePossible(parts, { operation, content: request });
      const id = randomUuid(primitives.random);
      const now = await parts.time.latest();
      // a clock that is ahead must not give anybody more than a day to sign
      const createdAt = await parts.time.earliest();
      let entry: ProposalEntry | undefined;
      await control.change((snapshot) => {
        const { keyId, facts } = tryOut(parts, { operation, content: request }, { snapshot, now });
        const { id: proposer, tags } = access.principals.asking();
        const content = withProposerTags(request, tags);
        const times = { createdAt, expiresAt: createdAt + DAY };
        const proposal = { id, keyId, operation, content, proposer, ...times };
        entry = entryOf(proposal);
        const details = { operation, proposal: id };
        const audit = changeFacts(parts, { ...facts, operation: 'ProposeChange', details });
        // whoever proposes may also remove, unlike most who run what is due
        const over = [...snapshot.proposals.values()].filter((one) => one.expiresAt <= createdAt);
        return { put: [rows.proposal(proposal)], remove: over.map(({ row }) => row), audit };
      });
      return entry as unknown as ProposalEntry;
    },

    async approveChange(given) {
      checkMembers(given, ['ProposalId', 'Approver', 'Signature']);
      const approver = boundedText('Approver', given.Approver, 1, 256);
      const signature = signatureBytes(given.Signature);
      const submitter = access.principals.current();
      await control.poll();
      const proposal = findProposal(control.snapshot(), given.ProposalId);
      const { keyId, operation, createdAt: proposedAt } = proposal;
      const isValid =
        signature !== undefined &&
        (await approvals.verify({ ...proposal, proposedAt }, approver, signature));
      if (!isValid) {
        const message = 'The signature is not one of an approver, other than the proposer, of it';
        throw new FieldsealError('ERR_APPROVAL_INVALID', message, { keyId, operation });
      }
      await doProposed(parts, proposal, { submitter, signed: { approver, signature } });
    },

    async confirmChange(given) {
      checkMembers(given, ['ProposalId']);
      const submitter = access.principals.current();
      await control.poll();
      const proposal = findProposal(control.snapshot(), given.ProposalId);
      if (submitter !== proposal.proposer) requireRightOf(parts, control.snapshot(), proposal);
      if (approvals.required) throw approvalRequired(proposal.keyId, proposal.operation);
      await doProposed(parts, proposal, { submitter });
    },

    async listProposals(given) {
      checkMembers(given, ['KeyId']);
      const now = await parts.time.latest();
      const snapshot = control.snapshot();
      const id = requireLook(snapshot, given.KeyId);
      const mine = [...snapshot.proposals.values()].filter(
        ({ keyId, expiresAt }) => keyId === id && expiresAt > now,
      );
      return {
        Proposals: mine.sort((a, b) => Number(a.createdAt - b.createdAt)).map(entryOf),
      };
    },

    async withdrawProposal(given) {
      checkMembers(given, ['ProposalId']);
      await control.change((snapshot) => {
        const proposal = findProposal(snapshot, given.ProposalId);
        const { id, row, keyId, proposer, operation } = proposal;
        // whoever may make the change may take it back, as may the one who proposed it
        if (proposer !== access.principals.current()) requireRightOf(parts, snapshot, proposal);
        const facts = keyId === EVERY_KEY ? {} : { keyId };
        const details = { operation, proposal: id };
        const audit = changeFacts(parts, { ...facts, operation: 'WithdrawProposal', details });
        return { put: [], remove: [row], audit };
      });
    },
  };
}
