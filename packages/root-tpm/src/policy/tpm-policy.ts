import type { TpmClient } from '../command/create-tpm-client.ts';
import { readPcrs } from '../command/read-pcrs.ts';
import { invalidOption } from '../invalid-option.ts';
import { checkMeasured, checkPcrs } from './check-pcrs.ts';
import { pcrDigest } from './policy-digest.ts';
import { type PolicyKey, readPolicyKey } from './policy-key.ts';
import type { SignedPcrPolicies } from './signed-pcr-policy.ts';
import type { SlotPolicy } from './slot-policy.ts';

/** What, besides the TPM itself, new slots ask for. Slots that are there keep what they were sealed with. */
export type TpmPolicy =
  /** Whoever can start something on this machine opens the slot. */
  | { readonly kind: 'none' }
  /**
   * The machine has to have started something that the policy key has approved. An update takes a new
   * signature, and no new slot.
   */
  | {
      readonly kind: 'signed';
      /** The public policy key. */
      readonly key: PolicyKey;
      readonly signatures: SignedPcrPolicies;
    }
  /**
   * The machine has to have started exactly what it has started now. **Any update of what is measured
   * makes the slot useless**: have another one, and rotate the root key after each update.
   */
  | { readonly kind: 'pcr'; readonly pcrs: readonly number[] };

/** A policy that was checked. */
export interface PreparedPolicy {
  /** What new slots get. */
  readonly forSealing: (client: TpmClient) => Promise<SlotPolicy>;
  readonly signatures: SignedPcrPolicies;
}

const NO_SIGNATURES = async (): Promise<readonly never[]> => [];

/** @throws `ERR_CONFIG_INVALID` */
export function preparedPolicy(policy: TpmPolicy): PreparedPolicy {
  switch (policy.kind) {
    case 'none':
      return { forSealing: async () => policy, signatures: NO_SIGNATURES };
    case 'signed': {
      const key = readPolicyKey(policy.key);
      const { signatures } = policy;
      if (typeof signatures !== 'string' && typeof signatures !== 'function') {
        const message = 'Signed policies are in a file, or come from a function';
        throw invalidOption('policy.signatures', message);
      }
      return { forSealing: async () => ({ kind: 'signed', key }), signatures };
    }
    case 'pcr': {
      const pcrs = checkPcrs(policy.pcrs);
      return {
        async forSealing(client) {
          const values = await readPcrs(client, pcrs);
          checkMeasured(values);
          return { kind: 'pcr', pcrs, digest: pcrDigest(values) };
        },
        signatures: NO_SIGNATURES,
      };
    }
    default:
      throw invalidOption('policy', 'A policy is of kind none, signed or pcr');
  }
}
