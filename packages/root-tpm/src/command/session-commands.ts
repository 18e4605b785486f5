import { randomBytes } from 'node:crypto';
import { kdfA } from '../marshalling/key-derivation.ts';
import type { Point } from '../marshalling/public-area.ts';
import { EMPTY, join, sized, u8, u16, u32 } from '../marshalling/tpm-bytes.ts';
import { ALGORITHM, COMMAND, DIGEST_BYTES, HANDLE } from '../marshalling/tpm-constants.ts';
import { shareSecret } from '../session/shared-secret.ts';
import type { TpmSession } from '../session/tpm-session.ts';
import { type Entity, fixedEntity, type TpmClient } from './create-tpm-client.ts';

/** The storage root key of a TPM, loaded. */
export interface StorageRootKey extends Entity {
  readonly publicArea: Buffer;
  readonly point: Point;
}

export interface SessionOptions {
  /** Decrypts the salt; nobody else can follow the session. */
  readonly srk: StorageRootKey;
  readonly type: 'hmac' | 'policy';
  /**
   * What the session is bound to, and its PIN: who does not know the PIN cannot play the TPM, even
   * with a storage root key of their own.
   */
  readonly bind?: { readonly entity: Entity; readonly authValue: Buffer };
}

const SESSION_TYPE = { hmac: 0x00, policy: 0x01 } as const;

/** Starts a salted session whose parameters can be encrypted. */
export async function startSession(
  client: TpmClient,
  { srk, type, bind }: SessionOptions,
): Promise<TpmSession> {
  const { secret, encrypted } = shareSecret(srk.point, 'SECRET');
  const nonceCaller = randomBytes(DIGEST_BYTES);
  const { handle, parameters } = await client.execute({
    code: COMMAND.START_AUTH_SESSION,
    entities: [srk, bind?.entity ?? fixedEntity(HANDLE.NULL)],
    parameters: join(
      sized(nonceCaller),
      sized(encrypted),
      u8(SESSION_TYPE[type]),
      u16(ALGORITHM.AES),
      u16(128),
      u16(ALGORITHM.CFB),
      u16(ALGORITHM.SHA256),
    ),
    givesHandle: true,
  });
  const nonceTpm = parameters.sized();
  const seed = join(bind?.authValue ?? EMPTY, secret);
  const key = kdfA(seed, 'ATH', nonceTpm, nonceCaller, DIGEST_BYTES * 8);
  seed.fill(0);
  secret.fill(0);
  return {
    handle,
    key,
    authValue: EMPTY,
    provesAuthValue: type === 'hmac',
    nonceTpm,
    nonceCaller,
    isOpen: true,
  };
}

/** Takes an object or a session out of the TPM. */
export async function flush(client: TpmClient, handle: number): Promise<void> {
  await client.execute({ code: COMMAND.FLUSH_CONTEXT, parameters: u32(handle) });
}

/** Flushes what is at hand when something else has failed already, or is about to end. */
export const flushQuietly = (client: TpmClient, handle: number): Promise<void> =>
  flush(client, handle).catch(() => {});

/** A session for the time of a call. */
export async function withSession<T>(
  client: TpmClient,
  options: SessionOptions,
  use: (session: TpmSession) => Promise<T>,
): Promise<T> {
  const session = await startSession(client, options);
  try {
    return await use(session);
  } finally {
    if (session.isOpen) await flushQuietly(client, session.handle);
    session.key.fill(0);
  }
}

/** A loaded object for the time of a call. */
export async function withObject<O extends Entity, T>(
  client: TpmClient,
  object: O,
  use: (object: O) => Promise<T>,
): Promise<T> {
  try {
    return await use(object);
  } finally {
    await flushQuietly(client, object.handle);
  }
}
