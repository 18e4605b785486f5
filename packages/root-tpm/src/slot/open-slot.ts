import type { Entity, TpmClient } from '../command/create-tpm-client.ts';
import { importObject, loadObject, unseal } from '../command/object-commands.ts';
import { type StorageRootKey, withObject, withSession } from '../command/session-commands.ts';
import { isResponse } from '../command/tpm-response-code.ts';
import { EMPTY } from '../marshalling/tpm-bytes.ts';
import type { SignedPcrPolicy } from '../policy/signed-pcr-policy.ts';
import type { RefusedPins } from './refused-pins.ts';
import { preparePolicy } from './satisfy-policy.ts';
import type { SlotRecord } from './slot-record.ts';

/** By these a TPM says that bytes are not what it, or its key, has made. */
const ALTERED = [
  'INTEGRITY',
  'SIZE',
  'INSUFFICIENT',
  'VALUE',
  'BINDING',
  'ATTRIBUTES',
  'CURVE',
  'ECC_POINT',
];
const MAX_CHANGES_OF_PCRS = 5;

export interface OpenRequest {
  readonly record: SlotRecord;
  /** Asked only once the TPM has shown that the slot is its own. */
  readonly pin: () => Promise<Buffer>;
  readonly refusedPins: RefusedPins;
  readonly signed: () => Promise<readonly SignedPcrPolicy[]>;
}

/** @returns `null` for what this TPM has not sealed */
async function load(
  client: TpmClient,
  srk: StorageRootKey,
  { publicArea, privateArea, encryptedSeed }: SlotRecord,
): Promise<Entity | null> {
  try {
    return await withSession(client, { srk, type: 'hmac' }, async (session) => {
      if (encryptedSeed === undefined) {
        return loadObject(client, srk, session, { publicArea, privateArea });
      }
      const duplicate = { publicArea, duplicate: privateArea, encryptedSeed };
      const imported = await importObject(client, srk, session, duplicate);
      return loadObject(client, srk, session, { publicArea, privateArea: imported });
    });
  } catch (error) {
    if (isResponse(error, ...ALTERED)) return null;
    throw error;
  }
}

async function unsealOnce(
  client: TpmClient,
  srk: StorageRootKey,
  object: Entity,
  { record, signed }: OpenRequest,
  pin: Buffer | undefined,
): Promise<Buffer> {
  const takeTo = await preparePolicy(client, record.policy, record.hasPin, signed);
  const bind = pin === undefined ? {} : { bind: { entity: object, authValue: pin } };
  return withSession(client, { srk, type: 'policy', ...bind }, async (session) => {
    session.authValue = pin ?? EMPTY;
    await takeTo(session);
    return unseal(client, object, session);
  });
}

/** Tries again when a register was extended between two commands; nothing else is tried twice. */
async function unsealAgain(
  ...[client, srk, object, request, pin]: Parameters<typeof unsealOnce>
): Promise<Buffer> {
  for (let changes = 1; ; changes += 1) {
    try {
      return await unsealOnce(client, srk, object, request, pin);
    } catch (error) {
      if (!isResponse(error, 'PCR_CHANGED') || changes === MAX_CHANGES_OF_PCRS) throw error;
    }
  }
}

/**
 * The payload of a slot.
 * @returns `null` for what this TPM has not sealed
 * @throws `ERR_ROOT_REFUSED`, `ERR_ROOT_UNAVAILABLE`
 */
export async function openSlot(
  client: TpmClient,
  srk: StorageRootKey,
  request: OpenRequest,
): Promise<Buffer | null> {
  const object = await load(client, srk, request.record);
  if (object === null) return null;
  const { record, refusedPins } = request;
  return withObject(client, object, async () => {
    if (!record.hasPin) return unsealAgain(client, srk, object, request, undefined);
    const pin = await request.pin();
    try {
      return await refusedPins.attempt(object.name, pin, () =>
        unsealAgain(client, srk, object, request, pin),
      );
    } finally {
      pin.fill(0);
    }
  });
}
