import { nameOf, type Point, policyKeyArea } from '../marshalling/public-area.ts';
import { EMPTY, join, sized, u16, u32 } from '../marshalling/tpm-bytes.ts';
import { ALGORITHM, COMMAND, HANDLE } from '../marshalling/tpm-constants.ts';
import type { TpmSession } from '../session/tpm-session.ts';
import { type Entity, fixedEntity, type TpmClient } from './create-tpm-client.ts';

/** A sealed object as the TPM gives it, to be kept anywhere. */
export interface SealedObject {
  readonly publicArea: Buffer;
  /** Encrypted and authenticated under the storage root key. */
  readonly privateArea: Buffer;
}

/** An object made elsewhere for this storage root key. */
export interface DuplicateObject {
  readonly publicArea: Buffer;
  readonly duplicate: Buffer;
  /** A point from which the storage root key derives what the duplicate is encrypted under. */
  readonly encryptedSeed: Buffer;
}

const EMPTY_PASSWORD = { password: EMPTY };
/** No data about the creation, no registers in it. */
const NO_CREATION_DATA = join(sized(EMPTY), u32(0));

/** The public area of what is at a handle. */
export async function readPublic(client: TpmClient, handle: number): Promise<Buffer> {
  const entities = [fixedEntity(handle)];
  const { parameters } = await client.execute({ code: COMMAND.READ_PUBLIC, entities });
  return parameters.sized();
}

/** Derives a primary key of the owner from the TPM's seed: the same one each time. */
export async function createPrimary(
  client: TpmClient,
  template: Buffer,
): Promise<{ readonly handle: number; readonly publicArea: Buffer }> {
  const noSensitive = sized(join(sized(EMPTY), sized(EMPTY)));
  const { handle, parameters } = await client.execute({
    code: COMMAND.CREATE_PRIMARY,
    entities: [fixedEntity(HANDLE.OWNER)],
    authorizations: [EMPTY_PASSWORD],
    parameters: join(noSensitive, sized(template), NO_CREATION_DATA),
    givesHandle: true,
  });
  return { handle, publicArea: parameters.sized() };
}

/** Seals bytes, which travel encrypted. */
export async function createSealed(
  client: TpmClient,
  parent: Entity,
  session: TpmSession,
  object: { readonly template: Buffer; readonly data: Buffer; readonly authValue: Buffer },
): Promise<SealedObject> {
  const sensitive = join(sized(object.authValue), sized(object.data));
  const parameters = join(sized(sensitive), sized(object.template), NO_CREATION_DATA);
  sensitive.fill(0);
  try {
    const answer = await client.execute({
      code: COMMAND.CREATE,
      entities: [parent],
      authorizations: [{ session, decrypt: true, encrypt: true }],
      parameters,
    });
    const privateArea = answer.parameters.sized();
    return { privateArea, publicArea: answer.parameters.sized() };
  } finally {
    parameters.fill(0);
  }
}

/** The private area of an object that was made for this storage root key elsewhere. */
export async function importObject(
  client: TpmClient,
  parent: Entity,
  session: TpmSession,
  { publicArea, duplicate, encryptedSeed }: DuplicateObject,
): Promise<Buffer> {
  const noInnerKey = sized(EMPTY);
  const { parameters } = await client.execute({
    code: COMMAND.IMPORT,
    entities: [parent],
    authorizations: [{ session }],
    parameters: join(
      noInnerKey,
      sized(publicArea),
      sized(duplicate),
      sized(encryptedSeed),
      u16(ALGORITHM.NULL),
    ),
  });
  return parameters.sized();
}

/** @returns the object, to be flushed */
export async function loadObject(
  client: TpmClient,
  parent: Entity,
  session: TpmSession,
  { publicArea, privateArea }: SealedObject,
): Promise<Entity> {
  const { handle } = await client.execute({
    code: COMMAND.LOAD,
    entities: [parent],
    authorizations: [{ session }],
    parameters: join(sized(privateArea), sized(publicArea)),
    givesHandle: true,
  });
  return { handle, name: nameOf(publicArea) };
}

/** The sealed bytes, which travel encrypted. The session ends with it. */
export async function unseal(
  client: TpmClient,
  object: Entity,
  session: TpmSession,
): Promise<Buffer> {
  const { parameters } = await client.execute({
    code: COMMAND.UNSEAL,
    entities: [object],
    authorizations: [{ session, encrypt: true, isLast: true }],
  });
  return parameters.sized();
}

/** Asks for the sealed bytes with an empty password alone; what it is asked of must refuse. */
export async function unsealByPassword(client: TpmClient, object: Entity): Promise<void> {
  const answer = await client.execute({
    code: COMMAND.UNSEAL,
    entities: [object],
    authorizations: [EMPTY_PASSWORD],
  });
  answer.parameters.rest().fill(0);
}

/** Loads the public half of a key that signs policies. @returns the object, to be flushed */
export async function loadPolicyKey(client: TpmClient, point: Point): Promise<Entity> {
  const area = policyKeyArea(point);
  const { handle } = await client.execute({
    code: COMMAND.LOAD_EXTERNAL,
    parameters: join(sized(EMPTY), sized(area), u32(HANDLE.OWNER)),
    givesHandle: true,
  });
  return { handle, name: nameOf(area) };
}
