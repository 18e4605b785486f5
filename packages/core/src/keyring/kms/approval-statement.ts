import { dateOf } from './key-metadata.ts';

/** What an approver is asked to sign. */
export interface Proposal {
  readonly operation: string;
  /** `*` for what is under all keys. */
  readonly keyId: string;
  /** Parameters as JSON, in one line; of a proposal in printable ASCII. */
  readonly content: string;
  readonly proposer: string;
  /** Microseconds since 1970. */
  readonly proposedAt: bigint;
}

const utf8 = new TextEncoder();

/**
 * The text that is signed: readable, as nobody should sign what they cannot read, and unambiguous,
 * as each value is JSON and so keeps to its line.
 */
export function approvalStatement(
  store: { readonly pin: string; readonly environment: string },
  proposal: Proposal,
): Uint8Array {
  const lines = [
    'fieldseal approval 1',
    `store: ${JSON.stringify(store.pin)}`,
    `environment: ${JSON.stringify(store.environment)}`,
    `operation: ${JSON.stringify(proposal.operation)}`,
    `key: ${JSON.stringify(proposal.keyId)}`,
    `proposer: ${JSON.stringify(proposal.proposer)}`,
    `proposed: ${JSON.stringify(dateOf(proposal.proposedAt).toISOString())}`,
    `content: ${proposal.content}`,
    '',
  ];
  return utf8.encode(lines.join('\n'));
}
