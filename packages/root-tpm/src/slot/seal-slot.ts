import { FieldsealError } from '@fieldseal/core';
import type { Entity, TpmClient } from '../command/create-tpm-client.ts';
import {
  createSealed,
  loadObject,
  type SealedObject,
  unsealByPassword,
} from '../command/object-commands.ts';
import { type StorageRootKey, withObject, withSession } from '../command/session-commands.ts';
import { isResponse } from '../command/tpm-response-code.ts';
import { sealedTemplate } from '../marshalling/sealed-area.ts';
import { EMPTY } from '../marshalling/tpm-bytes.ts';
import { type SlotPolicy, slotPolicyDigest } from '../policy/slot-policy.ts';
import { isConsistent, type SlotRecord } from './slot-record.ts';

function refused(message: string, reason: string): FieldsealError {
  return new FieldsealError('ERR_ROOT_REFUSED', message, { reason });
}

/** That no password opens an object: its policy alone does. @throws `ERR_ROOT_REFUSED` */
async function provePolicyHolds(client: TpmClient, object: Entity): Promise<void> {
  try {
    await unsealByPassword(client, object);
  } catch (error) {
    if (isResponse(error, 'AUTH_UNAVAILABLE')) return;
    throw error;
  }
  throw refused('The TPM gives a sealed object without asking for its policy', 'POLICY_BYPASSED');
}

export interface SealRequest {
  /** What is sealed; wiped by the caller. */
  readonly payload: Buffer;
  readonly policy: SlotPolicy;
  readonly pin: Buffer | undefined;
}

/** Seals in this TPM. @throws `ERR_ROOT_REFUSED`, `ERR_ROOT_UNAVAILABLE` */
export async function sealSlot(
  client: TpmClient,
  srk: StorageRootKey,
  { payload, policy, pin }: SealRequest,
): Promise<SlotRecord> {
  const hasPin = pin !== undefined;
  const digest = slotPolicyDigest(policy, hasPin);
  const template = sealedTemplate({ policy: digest, counted: hasPin, imported: false });
  const object: SealedObject = await withSession(client, { srk, type: 'hmac' }, async (session) => {
    const content = { template, data: payload, authValue: pin ?? EMPTY };
    const made = await createSealed(client, srk, session, content);
    const loaded = await loadObject(client, srk, session, made);
    await withObject(client, loaded, () => provePolicyHolds(client, loaded));
    return made;
  });
  const record = { ...object, policy, hasPin, parentName: srk.name, encryptedSeed: undefined };
  if (!isConsistent(record)) throw refused('The TPM sealed something else', 'PUBLIC_AREA');
  return record;
}
