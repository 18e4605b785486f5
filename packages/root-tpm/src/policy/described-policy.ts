import { invalidOption } from '../invalid-option.ts';
import { DIGEST_BYTES } from '../marshalling/tpm-constants.ts';
import { checkMeasured, checkPcrs } from './check-pcrs.ts';
import { pcrDigest } from './policy-digest.ts';
import { type PolicyKey, readPolicyKey } from './policy-key.ts';
import type { SlotPolicy } from './slot-policy.ts';

/** What a slot asks for besides its TPM, as it is said where that TPM is not. */
export type DescribedPolicy =
  | { readonly kind: 'none' }
  /** The public policy key. */
  | { readonly kind: 'signed'; readonly key: PolicyKey }
  /** Registers of the other machine and their values, lowest first, 32 bytes each. */
  | {
      readonly kind: 'pcr';
      readonly pcrs: readonly number[];
      readonly values: readonly Uint8Array[];
    };

/** @throws `ERR_CONFIG_INVALID` */
export function checkedValues(pcrs: readonly number[], values: readonly Uint8Array[]): Buffer {
  const isComplete =
    Array.isArray(values) &&
    values.length === pcrs.length &&
    values.every((value) => value instanceof Uint8Array && value.length === DIGEST_BYTES);
  if (!isComplete) throw invalidOption('values', 'Each register has one value of 32 bytes');
  checkMeasured(values);
  return pcrDigest(values);
}

/** @throws `ERR_CONFIG_INVALID` */
export function describedPolicy(policy: DescribedPolicy): SlotPolicy {
  switch (policy.kind) {
    case 'none':
      return { kind: 'none' };
    case 'signed':
      return { kind: 'signed', key: readPolicyKey(policy.key) };
    case 'pcr': {
      const pcrs = checkPcrs(policy.pcrs);
      return { kind: 'pcr', pcrs, digest: checkedValues(pcrs, policy.values) };
    }
    default:
      throw invalidOption('policy', 'A policy is of kind none, signed or pcr');
  }
}
