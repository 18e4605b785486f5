import { pcrSelection } from '../marshalling/pcr-selection.ts';
import { sha256, u32 } from '../marshalling/tpm-bytes.ts';
import { COMMAND, DIGEST_BYTES } from '../marshalling/tpm-constants.ts';

/**
 * Policies as a TPM computes them, without a TPM (part 1, section 19.7): each step hashes the
 * digest so far. Some chips get trial sessions wrong, and this side has to know the result anyhow.
 */
export const NO_POLICY: Buffer = Buffer.alloc(DIGEST_BYTES);

/** @param digest - what {@link pcrDigest} gives of the values */
export const withPcrs = (policy: Buffer, pcrs: readonly number[], digest: Buffer): Buffer =>
  sha256(policy, u32(COMMAND.POLICY_PCR), pcrSelection(pcrs), digest);

export const withCommandCode = (policy: Buffer, code: number): Buffer =>
  sha256(policy, u32(COMMAND.POLICY_COMMAND_CODE), u32(code));

export const withAuthValue = (policy: Buffer): Buffer =>
  sha256(policy, u32(COMMAND.POLICY_AUTH_VALUE));

/** What was there before is replaced: any policy that the key approves will do. */
export const authorizedBy = (keyName: Buffer, reference: Buffer): Buffer =>
  sha256(sha256(NO_POLICY, u32(COMMAND.POLICY_AUTHORIZE), keyName), reference);

/** Of values in the order of their registers. */
export const pcrDigest = (values: readonly Uint8Array[]): Buffer => sha256(...values);
