import { randomBytes } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import type { SlotRecord } from '../slot/slot-record.ts';
import { aesCbcHmac } from './aes-cbc-hmac.ts';
import { aesGcm } from './aes-gcm.ts';
import { aesKeyWrap } from './aes-key-wrap.ts';
import { verdict } from './return-value.ts';
import { rsaOaep } from './rsa-oaep.ts';
import { SECRET_BYTES, type SealMethod } from './seal-method.ts';
import type { TokenConnection, TokenKeys } from './token-connection.ts';

/** Every way that there is with these keys, the best first. */
export function methodsOf(keys: TokenKeys): readonly SealMethod[] {
  if (keys.kind === 'rsa') return rsaOaep(keys.key, keys.publicKey);
  const { key, macKey } = keys;
  const last = macKey === undefined ? [] : aesCbcHmac(key, macKey);
  return [...aesGcm(key), ...aesKeyWrap(key), ...last];
}

/** What is lost stays an error, or a token that is unplugged would be taken for one that can do less. */
async function orNothing<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof FieldsealError || verdict(error) === 'lost') throw error;
    return undefined;
  }
}

function altered(record: SlotRecord): SlotRecord {
  const sealed = Buffer.from(record.sealed);
  sealed[0] = (sealed[0] as number) ^ 1;
  return { ...record, sealed };
}

/** Whether a token does what a method expects of it, tried with bytes that are nobody's. */
export async function passesSelfTest(
  { module, sessions }: TokenConnection,
  method: SealMethod,
): Promise<boolean> {
  const secret = randomBytes(SECRET_BYTES);
  const context = randomBytes(SECRET_BYTES);
  // a session of its own for each: a failure may leave an operation in it
  const open = (record: SlotRecord, of: Uint8Array) =>
    orNothing(() => sessions.use((session) => method.open({ module, session }, record, of)));
  const record = await orNothing(() =>
    sessions.use((session) => method.seal({ module, session }, secret, context)),
  );
  if (record === undefined) return false;
  const opened = await open(record, context);
  if (!opened?.equals(secret)) return false;
  return (
    (await open(record, randomBytes(SECRET_BYTES))) == null &&
    (await open(altered(record), context)) == null
  );
}

/**
 * The best way that the token really has: lists of mechanisms promise what devices do not keep.
 * @throws `ERR_CONFIG_INVALID` when it has none
 */
export async function negotiate(connection: TokenConnection): Promise<SealMethod> {
  for (const method of methodsOf(connection.keys)) {
    if (await passesSelfTest(connection, method)) return method;
  }
  const message =
    'The token can do none of the mechanisms with this key: AES-GCM, AES key wrap, AES-CBC with a macKey, RSA-OAEP';
  throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'key', reason: 'MECHANISM' });
}
