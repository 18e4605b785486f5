import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ProposalRecord } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';

/** The proposal of an id. @throws `ERR_PROPOSAL_NOT_FOUND` */
export function findProposal(snapshot: ControlSnapshot, id: unknown): ProposalRecord {
  const proposal = typeof id === 'string' ? snapshot.proposals.get(id) : undefined;
  if (proposal !== undefined) return proposal;
  throw new FieldsealError('ERR_PROPOSAL_NOT_FOUND', 'There is no such proposal');
}
