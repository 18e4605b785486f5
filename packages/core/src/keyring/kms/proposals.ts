import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ProposalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { microseconds, randomUuid } from '../primitives.ts';
import { approvalStatement } from './approval-statement.ts';
import { subjectName } from './approvals.ts';
import { signatureBytes } from './approvers.ts';
import { scheduleDeletionEdit } from './deletion.ts';
import { grantEdit } from './grants.ts';
import { dateOf } from './key-metadata.ts';
import { policyEdit } from './key-policies.ts';
import { changeFacts, type KmsParts, namedKey } from './kms-parts.ts';
import { boundedText, checkMembers, invalidRequest, oneOf } from './request.ts';
import { revived } from './signed-content.ts';

const OPERATIONS = ['PutKeyPolicy', 'CreateGrant', 'ScheduleKeyDeletion'] as const;
type ProposableOperation = (typeof OPERATIONS)[number];

export interface ProposalEntry {
  readonly ProposalId: string;
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
   * @param request - `Request` is what the operation takes, with its `KeyId`.
   */
  proposeChange(request: {
    readonly Operation: ProposableOperation;
    readonly Request: { readonly KeyId: string };
  }): Promise<ProposalEntry>;
  /**
   * Does what was proposed, in the name of the proposer and with the rights they have by now.
   * @param request - `Signature` is of the statement: 64 bytes, or what `ssh-keygen -Y sign -n
   * fieldseal` writes.
   * @throws `ERR_APPROVAL_INVALID`, `ERR_PROPOSAL_NOT_FOUND`
   */
  approveChange(request: {
    readonly ProposalId: string;
    readonly Approver: string;
    readonly Signature: Uint8Array | string;
  }): Promise<void>;
  /** What waits, oldest first. */
  listProposals(request: {
    readonly KeyId: string;
  }): Promise<{ readonly Proposals: readonly ProposalEntry[] }>;
  /** Takes a proposal back. @throws `ERR_PROPOSAL_NOT_FOUND` */
  withdrawProposal(request: { readonly ProposalId: string }): Promise<void>;
}

const DAY = 86_400_000_000n;

const EDITS = {
  PutKeyPolicy: policyEdit,
  CreateGrant: grantEdit,
  ScheduleKeyDeletion: scheduleDeletionEdit,
} as const;

function found(snapshot: ControlSnapshot, id: unknown): ProposalRecord {
  const proposal = typeof id === 'string' ? snapshot.proposals.get(id) : undefined;
  if (proposal !== undefined) return proposal;
  throw new FieldsealError('ERR_PROPOSAL_NOT_FOUND', 'There is no such proposal');
}

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

  /** Whether the change could be made now, but for the signature. */
  function tryOut(
    operation: ProposableOperation,
    snapshot: ControlSnapshot,
    key: KeyRecord,
    request: Readonly<Record<string, unknown>>,
  ) {
    return EDITS[operation](parts, { snapshot, key, request: request as never, approved: true });
  }

  return {
    async proposeChange(given) {
      checkMembers(given, ['Operation', 'Request']);
      const operation = oneOf('Operation', given.Operation, OPERATIONS);
      if (typeof given.Request !== 'object' || given.Request === null) {
        throw invalidRequest('Request', 'Must be what the operation takes');
      }
      const content = boundedText('Request', JSON.stringify(given.Request), 2, 60_000);
      const id = randomUuid(primitives.random);
      let entry: ProposalEntry | undefined;
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', given.Request.KeyId, 'id only');
        const { decision } = tryOut(operation, snapshot, key, revived(content));
        const createdAt = microseconds(primitives.clock);
        const proposer = access.principals.current();
        const times = { createdAt, expiresAt: createdAt + DAY };
        const proposal = { id, keyId: key.id, operation, content, proposer, ...times };
        entry = entryOf(proposal);
        const details = { operation, proposal: id };
        const audit = changeFacts(parts, {
          operation: 'ProposeChange',
          keyId: key.id,
          decision,
          details,
        });
        return { put: [rows.proposal(proposal)], audit };
      });
      return entry as unknown as ProposalEntry;
    },

    async approveChange(given) {
      checkMembers(given, ['ProposalId', 'Approver', 'Signature']);
      const approver = boundedText('Approver', given.Approver, 1, 256);
      const signature = signatureBytes(given.Signature);
      await control.poll();
      const proposal = found(control.snapshot(), given.ProposalId);
      const { keyId, content, proposer, createdAt } = proposal;
      const operation = proposal.operation as ProposableOperation;
      const signed = { operation, keyId, content, proposer, proposedAt: createdAt };
      const isValid =
        signature !== undefined && (await approvals.verify(signed, approver, signature));
      if (!isValid) {
        const message = 'The signature is not one of an approver, other than the proposer, of it';
        throw new FieldsealError('ERR_APPROVAL_INVALID', message, { keyId, operation });
      }
      await access.principals.as(proposer, () =>
        control.change((snapshot) => {
          const { row, expiresAt } = found(snapshot, proposal.id);
          if (expiresAt <= microseconds(primitives.clock)) {
            throw new FieldsealError('ERR_PROPOSAL_NOT_FOUND', 'The time of the proposal is over');
          }
          const key = namedKey(snapshot, 'KeyId', keyId, 'id only');
          const { edit, decision, subject } = tryOut(operation, snapshot, key, revived(content));
          const approval = { keyId, content, proposer, approver, signature, proposedAt: createdAt };
          const put =
            subject === undefined
              ? []
              : [rows.approval({ ...approval, subject: subjectName(subject) })];
          return {
            put: [...(edit?.put ?? []), ...put],
            remove: [...(edit?.remove ?? []), row],
            audit: changeFacts(parts, {
              operation,
              keyId,
              decision,
              details: { approver, proposal: proposal.id },
            }),
          };
        }),
      );
    },

    async listProposals(given) {
      checkMembers(given, ['KeyId']);
      const snapshot = control.snapshot();
      const key = namedKey(snapshot, 'KeyId', given.KeyId, 'id only');
      access.rights(snapshot, { operation: 'GetKeyPolicy', key });
      const mine = [...snapshot.proposals.values()].filter(({ keyId }) => keyId === key.id);
      return {
        Proposals: mine.sort((a, b) => Number(a.createdAt - b.createdAt)).map(entryOf),
      };
    },

    async withdrawProposal(given) {
      checkMembers(given, ['ProposalId']);
      await control.change((snapshot) => {
        const { row, keyId, proposer, operation } = found(snapshot, given.ProposalId);
        const key = namedKey(snapshot, 'KeyId', keyId, 'id only');
        // whoever may make the change may take it back, as may the one who proposed it
        if (proposer !== access.principals.current()) {
          access.rights(snapshot, { operation: operation as ProposableOperation, key });
        }
        const details = { operation, proposal: String(given.ProposalId) };
        const audit = changeFacts(parts, { operation: 'WithdrawProposal', keyId, details });
        return { put: [], remove: [row], audit };
      });
    },
  };
}
