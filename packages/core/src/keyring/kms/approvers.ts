import { sha512 } from '@noble/hashes/sha2.js';
import { ed25519 } from '#ed25519';
import { concatBytes } from '../../bytes/concat.ts';
import { equalBytes } from '../../bytes/equal.ts';
import { u32 } from '../../bytes/integer.ts';
import { invalidOption } from '../invalid-option.ts';
import { isPrincipal } from '../principal.ts';

/** Public keys of those who approve, by the names of their principals. */
export type ApproverKeys = Readonly<Record<string, string>>;

/** Verifies what approvers sign. */
export interface Approvers {
  /** Whether changes need a second pair of eyes at all. */
  readonly required: boolean;
  /** `false` also for somebody who is no approver. */
  verify(approver: string, statement: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

const KEY_BYTES = 32;
const SSH_TYPE = 'ssh-ed25519';
/** What `ssh-keygen -Y sign -n` has to be given, so that no other signature passes for one of ours. */
const SSH_NAMESPACE = 'fieldseal';
const utf8 = new TextEncoder();

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** A string of the SSH protocol (RFC 4251 section 5). */
function sshString(bytes: Uint8Array): Uint8Array {
  return concatBytes(u32(bytes.length), bytes);
}

const SSH_PREFIX = concatBytes(sshString(utf8.encode(SSH_TYPE)), u32(KEY_BYTES));

/** Reads a line of `id_ed25519.pub`, or 32 bytes in base64. */
function publicKeyOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  const [type, body] = text.trim().split(/\s+/);
  if (type !== SSH_TYPE || body === undefined) {
    const bytes = fromBase64(text.trim());
    return bytes?.length === KEY_BYTES ? bytes : undefined;
  }
  const blob = fromBase64(body);
  const isKey = blob?.length === SSH_PREFIX.length + KEY_BYTES;
  if (!isKey || !equalBytes(blob.subarray(0, SSH_PREFIX.length), SSH_PREFIX)) return undefined;
  return blob.slice(SSH_PREFIX.length);
}

/** What `ssh-keygen -Y sign` signs of a file (OpenSSH, PROTOCOL.sshsig). */
function sshMessage(statement: Uint8Array): Uint8Array {
  return concatBytes(
    utf8.encode('SSHSIG'),
    sshString(utf8.encode(SSH_NAMESPACE)),
    sshString(new Uint8Array(0)),
    sshString(utf8.encode('sha512')),
    sshString(sha512(statement)),
  );
}

/**
 * The 64 bytes of a signature: as they are, or out of what `ssh-keygen -Y sign` writes.
 * @returns `undefined` for anything else
 */
export function signatureBytes(given: unknown): Uint8Array | undefined {
  if (given instanceof Uint8Array) return given.length === 64 ? given : undefined;
  if (typeof given !== 'string') return undefined;
  const armour = /^-----BEGIN SSH SIGNATURE-----([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*$/;
  const blob = fromBase64((armour.exec(given.trim())?.[1] ?? '').replace(/\s/g, ''));
  // a signature of Ed25519 ends the blob, with its type and its length before it
  const tail = concatBytes(sshString(utf8.encode(SSH_TYPE)), u32(64));
  if (blob === undefined || blob.length < tail.length + 64) return undefined;
  const start = blob.length - 64;
  return equalBytes(blob.subarray(start - tail.length, start), tail)
    ? blob.slice(start)
    : undefined;
}

/** @throws `ERR_CONFIG_INVALID` */
export function createApprovers(given: ApproverKeys | undefined): Approvers {
  const keys = new Map<string, Uint8Array>();
  for (const [name, text] of Object.entries(given ?? {})) {
    const option = 'access.approvers';
    if (!isPrincipal(name)) throw invalidOption(option, 'Must have principals as names');
    const key = publicKeyOf(text);
    if (key === undefined) {
      throw invalidOption(option, 'Must have lines of ssh-ed25519, or 32 bytes in base64');
    }
    // who has two names would be proposer and approver
    if ([...keys.values()].some((known) => equalBytes(known, key))) {
      throw invalidOption(option, 'Must have each key under one name');
    }
    keys.set(name, key);
  }
  return {
    required: keys.size > 0,
    async verify(approver, statement, signature) {
      const key = keys.get(approver);
      if (key === undefined) return false;
      if (await ed25519.verify(key, statement, signature)) return true;
      return ed25519.verify(key, sshMessage(statement), signature);
    },
  };
}
