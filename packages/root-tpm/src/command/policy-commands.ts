import { pcrSelection } from '../marshalling/pcr-selection.ts';
import { EMPTY, join, sized, u16, u32 } from '../marshalling/tpm-bytes.ts';
import { ALGORITHM, COMMAND, DIGEST_BYTES } from '../marshalling/tpm-constants.ts';
import type { TpmSession } from '../session/tpm-session.ts';
import { type Entity, fixedEntity, type TpmClient } from './create-tpm-client.ts';

/** Takes the registers into the policy of the session; with `digest` only if they have that value. */
export async function policyPcr(
  client: TpmClient,
  session: TpmSession,
  pcrs: readonly number[],
  digest: Buffer = EMPTY,
): Promise<void> {
  await client.execute({
    code: COMMAND.POLICY_PCR,
    entities: [fixedEntity(session.handle)],
    parameters: join(sized(digest), pcrSelection(pcrs)),
  });
}

/** Restricts the session to one command. */
export async function policyCommandCode(
  client: TpmClient,
  session: TpmSession,
  code: number,
): Promise<void> {
  const entities = [fixedEntity(session.handle)];
  await client.execute({ code: COMMAND.POLICY_COMMAND_CODE, entities, parameters: u32(code) });
}

/** Asks for the PIN of the object; from here on the session proves that it is known. */
export async function policyAuthValue(client: TpmClient, session: TpmSession): Promise<void> {
  const entities = [fixedEntity(session.handle)];
  await client.execute({ code: COMMAND.POLICY_AUTH_VALUE, entities });
  session.provesAuthValue = true;
}

/** What the TPM gives for a signature that it has verified; only this TPM can make it. */
export type VerifiedTicket = Buffer;

/** @param signature - r and s, 32 bytes each */
export async function verifySignature(
  client: TpmClient,
  key: Entity,
  digest: Buffer,
  signature: Buffer,
): Promise<VerifiedTicket> {
  const { parameters } = await client.execute({
    code: COMMAND.VERIFY_SIGNATURE,
    entities: [key],
    parameters: join(
      sized(digest),
      u16(ALGORITHM.ECDSA),
      u16(ALGORITHM.SHA256),
      sized(signature.subarray(0, DIGEST_BYTES)),
      sized(signature.subarray(DIGEST_BYTES)),
    ),
  });
  return parameters.rest();
}

/** Replaces the policy of the session, which is the approved one, by the key that approved it. */
export async function policyAuthorize(
  client: TpmClient,
  session: TpmSession,
  approval: {
    readonly policy: Buffer;
    readonly reference: Buffer;
    readonly keyName: Buffer;
    readonly ticket: VerifiedTicket;
  },
): Promise<void> {
  const { policy, reference, keyName, ticket } = approval;
  await client.execute({
    code: COMMAND.POLICY_AUTHORIZE,
    entities: [fixedEntity(session.handle)],
    parameters: join(sized(policy), sized(reference), sized(keyName), ticket),
  });
}
