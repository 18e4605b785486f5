import { concatBytes } from '../../bytes/concat.ts';
import { bytesFromHex, hexOf } from '../../bytes/hex.ts';
import { uuidFromBytes, uuidToBytes } from '../../bytes/uuid.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import { type Primitives, randomBytes } from '../primitives.ts';
import type { KmsParts } from './kms-parts.ts';
import { boundedText, invalidRequest } from './request.ts';

const MAX_TOKENS = 10;

/** Names what `createGrant` gave, so that a call need not wait until everybody has heard of it. */
export interface WithGrantTokens {
  /** Up to 10 values of `GrantToken`: their grants count in this call, however new they are. */
  readonly GrantTokens?: readonly string[];
}

const ID_BYTES = 16;
const TOKEN_BYTES = 32;

/**
 * Another token each time, as in AWS KMS: `grant id[16] | random[16]` in hexadecimal digits. All of
 * them name the grant equally, none is secret, and none gives a right (decision 0101).
 */
export function newGrantToken({ random }: Pick<Primitives, 'random'>, grantId: string): string {
  const id = uuidToBytes(grantId);
  if (id === undefined) throw new FieldsealError('ERR_INTERNAL', 'The id of a grant is no uuid');
  return hexOf(concatBytes(id, randomBytes(random, TOKEN_BYTES - ID_BYTES)));
}

function grantOfToken(snapshot: ControlSnapshot, token: string): KeyGrantRecord | undefined {
  const bytes = bytesFromHex(token);
  if (bytes?.length !== TOKEN_BYTES) return undefined;
  const named = uuidFromBytes(bytes.subarray(0, ID_BYTES));
  for (const grants of snapshot.grants.values()) {
    const grant = grants.find(({ id }) => id === named);
    if (grant !== undefined) return grant;
  }
  return undefined;
}

/**
 * The grant of a token, also one that another process made a moment ago.
 * @throws `ERR_REQUEST_INVALID`, `ERR_GRANT_TOKEN_INVALID`
 */
export async function findGrantByToken(
  { control }: Pick<KmsParts, 'control'>,
  option: string,
  token: unknown,
): Promise<KeyGrantRecord> {
  const name = boundedText(option, token, 1, 8192);
  const known = grantOfToken(control.snapshot(), name);
  if (known !== undefined) return known;
  await control.poll();
  const found = grantOfToken(control.snapshot(), name);
  if (found !== undefined) return found;
  throw new FieldsealError('ERR_GRANT_TOKEN_INVALID', 'There is no grant of this token', {
    option,
  });
}

/**
 * Sees to it that the grants of all tokens are known here before access is decided.
 * @throws `ERR_REQUEST_INVALID`, `ERR_GRANT_TOKEN_INVALID`
 */
export async function heedGrantTokens(
  parts: Pick<KmsParts, 'control'>,
  { GrantTokens }: WithGrantTokens,
): Promise<void> {
  if (GrantTokens === undefined) return;
  if (!Array.isArray(GrantTokens) || GrantTokens.length > MAX_TOKENS) {
    throw invalidRequest('GrantTokens', `Must be a list of at most ${MAX_TOKENS} tokens`);
  }
  for (const token of GrantTokens) await findGrantByToken(parts, 'GrantTokens', token);
}
