import { columnsOf } from './columns.ts';
import type { ControlRow } from './key-store.ts';

/** In the place of a key's id: what is under all of them. NULL in the store, and no id of a key. */
export const EVERY_KEY = '*';

/** A change that waits for the signature of somebody else. Times are microseconds since 1970. */
export interface ProposalRecord {
  readonly row: ControlRow;
  readonly id: string;
  /** Or {@link EVERY_KEY}. */
  readonly keyId: string;
  /** Such as `PutKeyPolicy`: one of those that can be proposed. */
  readonly operation: string;
  /** Parameters of the operation as JSON: what is signed. */
  readonly content: string;
  readonly proposer: string;
  readonly createdAt: bigint;
  readonly expiresAt: bigint;
}

/** What somebody signed, for as long as it is in force. */
export interface ApprovalRecord {
  readonly row: ControlRow;
  /** `policy/<key id>`, `grant/<grant id>`, `restore/<epoch>/<epoch>`, or `created/<key id>` for what nobody else signed. */
  readonly subject: string;
  /** Or {@link EVERY_KEY}. */
  readonly keyId: string;
  readonly content: string;
  readonly proposer: string;
  readonly approver: string;
  readonly proposedAt: bigint;
  /** 64 bytes: Ed25519, or what the id of a key commits to. */
  readonly signature: Uint8Array;
}

export function readProposal(row: ControlRow): ProposalRecord {
  const columns = columnsOf(row);
  return {
    row,
    id: columns.text('id'),
    keyId: columns.optionalText('key_id') ?? EVERY_KEY,
    operation: columns.text('operation'),
    content: columns.text('content'),
    proposer: columns.text('proposer'),
    createdAt: columns.timestamp('created_at'),
    expiresAt: columns.timestamp('expires_at'),
  };
}

export function readApproval(row: ControlRow): ApprovalRecord {
  const columns = columnsOf(row);
  return {
    row,
    subject: columns.text('subject'),
    keyId: columns.optionalText('key_id') ?? EVERY_KEY,
    content: columns.text('content'),
    proposer: columns.text('proposer'),
    approver: columns.text('approver'),
    proposedAt: columns.timestamp('proposed_at'),
    signature: columns.bytes('signature', 64),
  };
}
