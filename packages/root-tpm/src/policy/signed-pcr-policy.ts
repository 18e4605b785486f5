import { sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { invalidOption } from '../invalid-option.ts';
import type { Point } from '../marshalling/public-area.ts';
import { join } from '../marshalling/tpm-bytes.ts';
import { checkPcrs } from './check-pcrs.ts';
import { checkedValues } from './described-policy.ts';
import { NO_POLICY, withPcrs } from './policy-digest.ts';
import { keyOfPoint, type PolicyKey, readPrivateKey } from './policy-key.ts';
import { POLICY_REFERENCE } from './slot-policy.ts';

/** Values of registers with which slots of a policy key open, signed by it. No secret. */
export interface SignedPcrPolicy {
  /** Registers of the SHA-256 bank. */
  readonly pcrs: readonly number[];
  /** The policy of their values, as 64 hexadecimal digits. */
  readonly policy: string;
  /** base64url of r and s. */
  readonly signature: string;
}

/** Where signed policies are read at each opening: a JSON file with a list of them, or a function. */
export type SignedPcrPolicies = string | (() => Promise<readonly SignedPcrPolicy[]>);

export interface SignPcrPolicyOptions {
  /** The private policy key. Keep it off the machines whose slots it opens. */
  readonly key: PolicyKey;
  readonly pcrs: readonly number[];
  /** What the registers have, or will have after an update; lowest register first, 32 bytes each. */
  readonly values: readonly Uint8Array[];
}

const signedBytes = (policy: Buffer): Buffer => join(policy, POLICY_REFERENCE);

/**
 * Approves values of registers, such as those after the next update of the firmware. Slots that were
 * sealed for the key open with them, without being sealed again.
 *
 * @throws `ERR_CONFIG_INVALID`
 *
 * @example
 * ```ts
 * import { readTpmPcrs, signPcrPolicy } from '@fieldseal/root-tpm';
 *
 * // const values = await readTpmPcrs({ pcrs: [7] });
 * // const signed = signPcrPolicy({ key: pem, pcrs: [7], values });
 * // await writeFile('policies.json', JSON.stringify([signed]));
 * ```
 */
export function signPcrPolicy({ key, pcrs, values }: SignPcrPolicyOptions): SignedPcrPolicy {
  const privateKey = readPrivateKey(key);
  const sorted = checkPcrs(pcrs);
  const policy = withPcrs(NO_POLICY, sorted, checkedValues(sorted, values));
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign('sha256', signedBytes(policy), options).toString('base64url');
  return { pcrs: sorted, policy: policy.toString('hex'), signature };
}

/** A signed policy whose signature is good. */
export interface ApprovedPolicy {
  readonly pcrs: readonly number[];
  readonly policy: Buffer;
  readonly signature: Buffer;
}

/** What a slot key has approved; entries of other keys are passed over. */
export function approvedBy(
  key: Point,
  policies: readonly SignedPcrPolicy[],
): readonly ApprovedPolicy[] {
  const publicKey = keyOfPoint(key);
  return policies
    .map(({ pcrs, policy, signature }) => ({
      pcrs: checkPcrs(pcrs),
      policy: Buffer.from(policy, 'hex'),
      signature: Buffer.from(signature, 'base64url'),
    }))
    .filter(({ policy, signature }) =>
      verify(
        'sha256',
        signedBytes(policy),
        { key: publicKey, dsaEncoding: 'ieee-p1363' },
        signature,
      ),
    );
}

function isPolicy(entry: unknown): entry is SignedPcrPolicy {
  if (typeof entry !== 'object' || entry === null) return false;
  const { pcrs, policy, signature } = entry as Partial<Record<keyof SignedPcrPolicy, unknown>>;
  return (
    Array.isArray(pcrs) &&
    typeof policy === 'string' &&
    /^[0-9a-f]{64}$/.test(policy) &&
    typeof signature === 'string' &&
    /^[A-Za-z0-9_-]{86}$/.test(signature)
  );
}

async function parsedPolicies(source: SignedPcrPolicies): Promise<unknown> {
  if (typeof source === 'function') return source();
  return JSON.parse(await readFile(source, 'utf8'));
}

/** @throws `ERR_CONFIG_INVALID` when they cannot be read, or are no list of signed policies */
export async function readSignedPolicies(
  source: SignedPcrPolicies,
): Promise<readonly SignedPcrPolicy[]> {
  const policies = await parsedPolicies(source).catch(() => undefined);
  if (Array.isArray(policies) && policies.every(isPolicy)) return policies;
  const message = 'Signed policies cannot be read, or are no list of what signPcrPolicy gives';
  throw invalidOption('policy.signatures', message);
}
