import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { kdfA } from '../marshalling/key-derivation.ts';
import { join, sized, u8 } from '../marshalling/tpm-bytes.ts';
import { SESSION_ATTRIBUTE } from '../marshalling/tpm-constants.ts';
import { createTpmReader } from '../marshalling/tpm-reader.ts';
import type { SessionUse, TpmSession } from './tpm-session.ts';

const CIPHER = 'aes-128-cfb';
const KEY_BYTES = 16;

export function attributesOf({ decrypt, encrypt, isLast }: SessionUse): number {
  return (
    (isLast === true ? 0 : SESSION_ATTRIBUTE.CONTINUE) |
    (decrypt === true ? SESSION_ATTRIBUTE.DECRYPT : 0) |
    (encrypt === true ? SESSION_ATTRIBUTE.ENCRYPT : 0)
  );
}

/** The HMAC of one side over a hash of the command or the answer; the newer nonce is that side's. */
export function sessionHmac(
  session: TpmSession,
  parameterHash: Buffer,
  newer: Buffer,
  older: Buffer,
  attributes: number,
): Buffer {
  const { key, authValue, provesAuthValue } = session;
  const secret = provesAuthValue ? join(key, authValue) : key;
  return createHmac('sha256', secret)
    .update(join(parameterHash, newer, older, u8(attributes)))
    .digest();
}

function keyAndIv(session: TpmSession, newer: Buffer, older: Buffer): [Buffer, Buffer] {
  // the PIN is part of this key, whether or not the policy asks for it
  const secret = join(session.key, session.authValue);
  const bytes = kdfA(secret, 'CFB', newer, older, (KEY_BYTES + 16) * 8);
  secret.fill(0);
  return [bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES)];
}

/** Encrypts the first parameter, which is sized; its length stays readable. */
export function encryptFirst(session: TpmSession, parameters: Buffer): Buffer {
  const reader = createTpmReader(parameters);
  const first = reader.sized();
  const cipher = createCipheriv(
    CIPHER,
    ...keyAndIv(session, session.nonceCaller, session.nonceTpm),
  );
  const result = join(sized(join(cipher.update(first), cipher.final())), reader.rest());
  // the reader's copy holds what must not be seen
  first.fill(0);
  return result;
}

/** The other way, for an answer. */
export function decryptFirst(session: TpmSession, parameters: Buffer): Buffer {
  const reader = createTpmReader(parameters);
  const decipher = createDecipheriv(
    CIPHER,
    ...keyAndIv(session, session.nonceTpm, session.nonceCaller),
  );
  const first = join(decipher.update(reader.sized()), decipher.final());
  const result = join(sized(first), reader.rest());
  first.fill(0);
  return result;
}
