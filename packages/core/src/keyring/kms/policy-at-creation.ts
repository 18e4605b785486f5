import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../../bytes/concat.ts';
import { uuidFromBytes } from '../../bytes/uuid.ts';
import { type ApprovalRecord, EVERY_KEY } from '../../keys/approval-records.ts';
import { microseconds, type Primitives, randomBytes } from '../primitives.ts';
import type { Principals } from '../principal.ts';
import { approvalStatement } from './approval-statement.ts';

type Store = { readonly pin: string; readonly environment: string };
type Creation = Omit<ApprovalRecord, 'row'>;

/** Row of the policy that a key was made with, in the place of one that somebody else signed. */
export function creationName(keyId: string): string {
  return `created/${keyId}`;
}

/** Whether a key was made with a policy of its own, which its id then commits to. */
export function isMadeWithPolicy(keyId: string): boolean {
  return keyId.charAt(14) === '8';
}

/** The first bytes of a hash as a uuid (RFC 9562 section 5.8). */
function committedId(
  store: Store,
  made: Pick<Creation, 'content' | 'proposer' | 'proposedAt' | 'signature'>,
): string {
  const proposal = { ...made, operation: 'CreateKey', keyId: EVERY_KEY };
  const statement = approvalStatement(store, proposal);
  const bytes = sha256(concatBytes(statement, made.signature)).slice(0, 16);
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return uuidFromBytes(bytes);
}

/**
 * Whether a key was made with this policy: 122 bits of its id say so, which stands in every wrap under
 * the key. Whoever can write rows finds no other policy for the same id.
 */
export function isPolicyAtCreation(store: Store, creation: Creation): boolean {
  const { subject, keyId } = creation;
  return subject === creationName(keyId) && committedId(store, creation) === keyId;
}

/** Makes the id of a key that gets a policy, and the row by which that is told later. */
export type CreationOf = (policy: unknown) => Creation | undefined;

export function createCreationOf(
  { random, clock }: Pick<Primitives, 'random' | 'clock'>,
  store: Store,
  principals: Pick<Principals, 'orService'>,
): CreationOf {
  return (policy) => {
    if (typeof policy !== 'string') return undefined;
    const proposer = principals.orService();
    // nobody signs it: in the place of a signature is what keeps the id unlike any other
    const signature = randomBytes(random, 64);
    const content = JSON.stringify({ Policy: policy });
    const made = { content, proposer, proposedAt: microseconds(clock), signature };
    const keyId = committedId(store, made);
    return { ...made, keyId, subject: creationName(keyId), approver: proposer };
  };
}
