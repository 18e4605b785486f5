import type { Kms } from '@fieldseal/core';
import type { Opened } from '../context.ts';

type Proposal = Parameters<Kms['proposeChange']>[0];

/** Stores a change that takes the signature of somebody else, and says how it goes on. */
export async function proposed(
  { keyring, output }: Pick<Opened, 'keyring' | 'output'>,
  Operation: Proposal['Operation'],
  Request: Proposal['Request'],
): Promise<void> {
  const { Statement, ...proposal } = await keyring.kms.proposeChange({ Operation, Request });
  const { ProposalId, ExpirationDate } = proposal;
  output.result(
    { ...proposal, Statement: new TextDecoder().decode(Statement) },
    `proposed as ${ProposalId}, until ${ExpirationDate.toISOString()}`,
  );
  output.line(`Next, an approver: fieldseal approvals show ${ProposalId}`);
  output.line(`Without approvers, a second time: fieldseal approvals confirm ${ProposalId}`);
}
