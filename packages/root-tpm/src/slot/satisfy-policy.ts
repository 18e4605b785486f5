import { FieldsealError } from '@fieldseal/core';
import type { TpmClient } from '../command/create-tpm-client.ts';
import { loadPolicyKey } from '../command/object-commands.ts';
import {
  policyAuthorize,
  policyAuthValue,
  policyCommandCode,
  policyPcr,
  verifySignature,
} from '../command/policy-commands.ts';
import { readPcrs } from '../command/read-pcrs.ts';
import { withObject } from '../command/session-commands.ts';
import { join, sha256 } from '../marshalling/tpm-bytes.ts';
import { COMMAND } from '../marshalling/tpm-constants.ts';
import { NO_POLICY, pcrDigest, withPcrs } from '../policy/policy-digest.ts';
import {
  type ApprovedPolicy,
  approvedBy,
  type SignedPcrPolicy,
} from '../policy/signed-pcr-policy.ts';
import { POLICY_REFERENCE, policyKeyName, type SlotPolicy } from '../policy/slot-policy.ts';
import type { TpmSession } from '../session/tpm-session.ts';

/** One step towards the digest of a slot's policy. */
export type PolicyStep = (session: TpmSession) => Promise<void>;

function notMet(message: string): FieldsealError {
  return new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'PCR_POLICY' });
}

/** The first approved policy that the registers have now. @throws `ERR_ROOT_REFUSED` */
async function currentApproval(
  client: TpmClient,
  approved: readonly ApprovedPolicy[],
): Promise<ApprovedPolicy> {
  for (const approval of approved) {
    const values = await readPcrs(client, approval.pcrs);
    const policy = withPcrs(NO_POLICY, approval.pcrs, pcrDigest(values));
    if (policy.equals(approval.policy)) return approval;
  }
  throw notMet('The registers of the TPM have values that the policy key has not signed');
}

/** Everything of a signed policy that needs no session; the object for the key is gone afterwards. */
async function prepareSigned(
  client: TpmClient,
  policy: Extract<SlotPolicy, { kind: 'signed' }>,
  signed: readonly SignedPcrPolicy[],
): Promise<PolicyStep> {
  const approval = await currentApproval(client, approvedBy(policy.key, signed));
  const digest = sha256(join(approval.policy, POLICY_REFERENCE));
  const key = await loadPolicyKey(client, policy.key);
  const ticket = await withObject(client, key, () =>
    verifySignature(client, key, digest, approval.signature),
  );
  return async (session) => {
    await policyPcr(client, session, approval.pcrs);
    await policyAuthorize(client, session, {
      policy: approval.policy,
      reference: POLICY_REFERENCE,
      keyName: policyKeyName(policy.key),
      ticket,
    });
  };
}

async function preparePcr(
  client: TpmClient,
  { pcrs, digest }: Extract<SlotPolicy, { kind: 'pcr' }>,
): Promise<PolicyStep> {
  // said here by name: the TPM would say at the end that some policy is not met
  if (!pcrDigest(await readPcrs(client, pcrs)).equals(digest)) {
    throw notMet('The registers of the TPM have other values than when the slot was sealed');
  }
  return (session) => policyPcr(client, session, pcrs, digest);
}

/**
 * What takes a fresh session to the policy of a slot. Registers are looked at first, so that a slot
 * that cannot open costs no attempt at its PIN.
 *
 * @throws `ERR_ROOT_REFUSED`
 */
export async function preparePolicy(
  client: TpmClient,
  policy: SlotPolicy,
  hasPin: boolean,
  signed: () => Promise<readonly SignedPcrPolicy[]>,
): Promise<PolicyStep> {
  const pinStep: PolicyStep = (session) => policyAuthValue(client, session);
  if (policy.kind === 'none') {
    if (hasPin) return pinStep;
    return (session) => policyCommandCode(client, session, COMMAND.UNSEAL);
  }
  const step =
    policy.kind === 'pcr'
      ? await preparePcr(client, policy)
      : await prepareSigned(client, policy, await signed());
  return async (session) => {
    await step(session);
    if (hasPin) await pinStep(session);
  };
}
