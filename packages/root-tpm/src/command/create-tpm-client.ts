import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { EMPTY, join, sha256, sized, u8, u16, u32 } from '../marshalling/tpm-bytes.ts';
import { DIGEST_BYTES, HANDLE, SESSION_ATTRIBUTE, TAG } from '../marshalling/tpm-constants.ts';
import { createTpmReader, type TpmReader } from '../marshalling/tpm-reader.ts';
import {
  attributesOf,
  decryptFirst,
  encryptFirst,
  sessionHmac,
} from '../session/session-crypto.ts';
import { type Authorization, isSessionUse, type SessionUse } from '../session/tpm-session.ts';
import { HEADER_BYTES, type TpmTransport, tpmUnavailable } from '../transport/tpm-transport.ts';
import { isAgain, responseError } from './tpm-response-code.ts';

/** What a command works on. */
export interface Entity {
  readonly handle: number;
  /** Authenticates what the handle stands for; of what is no object the handle itself. */
  readonly name: Buffer;
}

export interface TpmCommand {
  readonly code: number;
  readonly entities?: readonly Entity[];
  readonly authorizations?: readonly Authorization[];
  readonly parameters?: Buffer;
  /** Whether the answer begins with a handle. */
  readonly givesHandle?: boolean;
}

export interface TpmAnswer {
  /** 0 when the command gives none. */
  readonly handle: number;
  readonly parameters: TpmReader;
}

export interface TpmClient {
  /** @throws `ERR_ROOT_UNAVAILABLE`, `ERR_ROOT_REFUSED` */
  execute(command: TpmCommand): Promise<TpmAnswer>;
}

const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 10;

export const fixedEntity = (handle: number): Entity => ({ handle, name: u32(handle) });

function authorizationOf(use: Authorization, parameterHash: Buffer): Buffer {
  if (!isSessionUse(use)) {
    const head = [u32(HANDLE.PASSWORD), sized(EMPTY), u8(SESSION_ATTRIBUTE.CONTINUE)];
    return join(...head, sized(use.password));
  }
  const { session } = use;
  const attributes = attributesOf(use);
  const { nonceCaller, nonceTpm } = session;
  const mac = sessionHmac(session, parameterHash, nonceCaller, nonceTpm, attributes);
  return join(u32(session.handle), sized(nonceCaller), u8(attributes), sized(mac));
}

function encode(command: TpmCommand): Buffer {
  const { code, entities = [], authorizations = [] } = command;
  let { parameters = EMPTY } = command;
  const uses = authorizations.filter(isSessionUse);
  for (const { session } of uses) session.nonceCaller = randomBytes(DIGEST_BYTES);
  const encrypting = uses.find(({ decrypt }) => decrypt === true);
  if (encrypting !== undefined) parameters = encryptFirst(encrypting.session, parameters);
  const hash = sha256(u32(code), ...entities.map(({ name }) => name), parameters);
  const area = join(...authorizations.map((use) => authorizationOf(use, hash)));
  const body = join(
    u32(code),
    ...entities.map(({ handle }) => u32(handle)),
    ...(authorizations.length > 0 ? [u32(area.length), area] : []),
    parameters,
  );
  const tag = authorizations.length > 0 ? TAG.SESSIONS : TAG.NO_SESSIONS;
  return join(u16(tag), u32(6 + body.length), body);
}

/** An answer that was not made by who decrypted the salt: somebody is between us and the TPM. */
function forged(): FieldsealError {
  const message = 'An answer is not from the TPM that the session was made with';
  return new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'SESSION_HMAC' });
}

/** Checks what the TPM says about one session, and remembers its nonce. */
function verifySession(use: SessionUse, reader: TpmReader, parameterHash: Buffer): void {
  const { session } = use;
  const nonce = reader.sized();
  const attributes = reader.u8();
  const mac = reader.sized();
  const expected = sessionHmac(session, parameterHash, nonce, session.nonceCaller, attributes);
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) throw forged();
  session.nonceTpm = nonce;
  if (use.isLast === true) session.isOpen = false;
}

function decode(command: TpmCommand, answer: Buffer): TpmAnswer {
  const { code, authorizations = [], givesHandle } = command;
  const reader = createTpmReader(answer.subarray(HEADER_BYTES));
  const handle = givesHandle === true ? reader.u32() : 0;
  if (authorizations.length === 0) return { handle, parameters: reader };
  let parameters = reader.take(reader.u32());
  const hash = sha256(u32(0), u32(code), parameters);
  for (const use of authorizations) {
    if (isSessionUse(use)) verifySession(use, reader, hash);
    else {
      reader.sized();
      reader.u8();
      reader.sized();
    }
  }
  reader.end();
  const use = authorizations.filter(isSessionUse).find(({ encrypt }) => encrypt === true);
  if (use !== undefined) parameters = decryptFirst(use.session, parameters);
  return { handle, parameters: createTpmReader(parameters) };
}

function responseCode(answer: Buffer, isWithSessions: boolean): number {
  const isWhole = answer.length >= HEADER_BYTES && answer.readUInt32BE(2) === answer.length;
  if (!isWhole) throw tpmUnavailable('MALFORMED');
  const code = answer.readUInt32BE(6);
  const tag = code === 0 && isWithSessions ? TAG.SESSIONS : TAG.NO_SESSIONS;
  // a command that the TPM cannot even parse is answered with a tag of TPM 1.2, and a code
  if (answer.readUInt16BE(0) !== tag && code === 0) throw tpmUnavailable('MALFORMED');
  return code;
}

/** Speaks to a TPM. One command at a time: a session cannot be used by two. */
export function createTpmClient(transport: TpmTransport): TpmClient {
  let last: Promise<unknown> = Promise.resolve();

  async function run(command: TpmCommand): Promise<TpmAnswer> {
    const bytes = encode(command);
    const isWithSessions = (command.authorizations?.length ?? 0) > 0;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await transport.transact(bytes);
      const code = responseCode(answer, isWithSessions);
      if (code === 0) return decode(command, answer);
      if (!isAgain(code) || attempt === MAX_ATTEMPTS) throw responseError(code);
      await delay(FIRST_PAUSE_MS << attempt);
    }
  }

  return {
    execute(command) {
      const result = last.then(() => run(command));
      last = result.catch(() => {});
      return result;
    },
  };
}
