import { invalidRequest } from './request.ts';

/** Pairs that are authenticated with a ciphertext and given again to open it. Never secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

const MAX_PAIRS = 32;
const MAX_BYTES = 8192;
const utf8 = new TextEncoder();

function bytesOf(option: string, text: unknown): number {
  if (typeof text !== 'string' || !text.isWellFormed()) {
    throw invalidRequest(option, 'Must have well-formed text as names and values');
  }
  return utf8.encode(text).length;
}

/**
 * Checks an encryption context and copies it, so that it cannot change before it is used.
 * @throws `ERR_REQUEST_INVALID`
 */
export function encryptionContext(option: string, given: unknown): EncryptionContext {
  if (given === undefined) return {};
  const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isRecord) throw invalidRequest(option, 'Must be an object of names and values');
  const pairs = Object.entries(given as Record<string, unknown>);
  if (pairs.length > MAX_PAIRS) {
    throw invalidRequest(option, `Must have at most ${MAX_PAIRS} pairs`);
  }
  let total = 0;
  for (const [name, value] of pairs) {
    const length = bytesOf(option, name);
    if (length < 1 || length > 255) {
      throw invalidRequest(option, 'Names must have 1 to 255 bytes');
    }
    total += length + bytesOf(option, value);
  }
  if (total > MAX_BYTES) throw invalidRequest(option, `Must have at most ${MAX_BYTES} bytes`);
  // a name such as __proto__ must stay a pair
  const copy = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) copy[name] = value as string;
  return Object.freeze(copy);
}
