import { nameOf, type Point, policyKeyArea } from '../marshalling/public-area.ts';
import { COMMAND } from '../marshalling/tpm-constants.ts';
import {
  authorizedBy,
  NO_POLICY,
  withAuthValue,
  withCommandCode,
  withPcrs,
} from './policy-digest.ts';

/** What stands in a slot about its policy. */
export type SlotPolicy =
  | { readonly kind: 'none' }
  /** Registers may have every value that the key has signed. */
  | { readonly kind: 'signed'; readonly key: Point }
  /** Registers have the values of the day on which the slot was sealed. */
  | { readonly kind: 'pcr'; readonly pcrs: readonly number[]; readonly digest: Buffer };

/** What a policy key signs besides a policy, so that its signatures are of no use elsewhere. */
export const POLICY_REFERENCE: Buffer = Buffer.from('fieldseal/root/1', 'latin1');

export const policyKeyName = (key: Point): Buffer => nameOf(policyKeyArea(key));

function withoutPin(policy: SlotPolicy): Buffer {
  switch (policy.kind) {
    case 'none':
      return NO_POLICY;
    case 'signed':
      return authorizedBy(policyKeyName(policy.key), POLICY_REFERENCE);
    case 'pcr':
      return withPcrs(NO_POLICY, policy.pcrs, policy.digest);
  }
}

/** The digest that a session has to arrive at. */
export function slotPolicyDigest(policy: SlotPolicy, hasPin: boolean): Buffer {
  const base = withoutPin(policy);
  if (hasPin) return withAuthValue(base);
  // an object without a policy would open to its empty password alone
  return policy.kind === 'none' ? withCommandCode(base, COMMAND.UNSEAL) : base;
}
