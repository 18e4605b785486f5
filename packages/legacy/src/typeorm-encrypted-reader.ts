import { type CipherGCMTypes, createDecipheriv, getCipherInfo } from 'node:crypto';
import type { LegacyReader } from '@fieldseal/core';
import { invalidOption } from './invalid-option.ts';
import { readUtf8 } from './read-utf8.ts';

/** The options that typeorm-encrypted had on the column. */
export interface TypeormEncryptedReaderOptions {
  /** Hexadecimal, as in its option `key`. */
  readonly key: string;
  /** Such as `aes-256-cbc` or `aes-256-gcm`. */
  readonly algorithm: string;
  /** Bytes. @defaultValue the usual length of the algorithm */
  readonly ivLength?: number;
  /** Bytes, of algorithms that have a tag. @defaultValue 16 */
  readonly authTagLength?: number;
  /** Whether it was `JSONEncryptionTransformer`, whose text is `{"encrypted":"..."}`. */
  readonly json?: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const WITH_TAG = /-(?:gcm|ccm|ocb)$/;

interface Settings {
  readonly key: Buffer;
  readonly algorithm: string;
  readonly ivLength: number;
  /** 0 where the algorithm has none. */
  readonly tagLength: number;
}

/**
 * Opens what typeorm-encrypted has encrypted. Its values carry no mark of their own, so every text in
 * the column that is no cell counts as one; what does not open fails the read.
 *
 * Modes without a tag (`cbc`, `ctr`) do not notice an edited value: they are named in reports.
 *
 * @throws `ERR_CONFIG_INVALID` for an algorithm that this Node has not, or a key of another length
 *
 * @example
 * ```ts
 * import { typeormEncryptedReader } from '@fieldseal/legacy';
 *
 * const reader = typeormEncryptedReader({
 *   key: '6fe4d8a45d2d1b1c6c1a5a1fd9f4b2ce3c6a9c0c6b5b4a3f2e1d0c9b8a7f6e5d',
 *   algorithm: 'aes-256-cbc',
 *   ivLength: 16,
 * });
 * reader.isAuthenticated; // false
 * ```
 */
export function typeormEncryptedReader(options: TypeormEncryptedReaderOptions): LegacyReader {
  const settings = readSettings(options);
  const isJson = options.json === true;
  return {
    name: `typeorm-encrypted ${options.algorithm}`,
    isAuthenticated: settings.tagLength > 0,
    // the library knew no plaintext: what does not open is an error, never a value
    recognises: () => true,
    open(text) {
      const body = isJson ? encryptedIn(text) : text;
      if (body === undefined || !BASE64.test(body)) return undefined;
      return decrypt(settings, Buffer.from(body, 'base64'));
    },
  };
}

function decrypt(
  { key, algorithm, ivLength, tagLength }: Settings,
  bytes: Buffer,
): string | undefined {
  const iv = bytes.subarray(0, ivLength);
  const tag = bytes.subarray(ivLength, ivLength + tagLength);
  const body = bytes.subarray(ivLength + tagLength);
  try {
    const decipher = createDecipheriv(
      algorithm as CipherGCMTypes,
      key,
      iv,
      tagLength === 0 ? {} : { authTagLength: tagLength },
    );
    if (tagLength > 0) decipher.setAuthTag(tag);
    return readUtf8(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch {
    return undefined;
  }
}

function encryptedIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('encrypted' in value)) return undefined;
    return typeof value.encrypted === 'string' ? value.encrypted : undefined;
  } catch {
    return undefined;
  }
}

function readSettings(options: TypeormEncryptedReaderOptions): Settings {
  const { key, algorithm, ivLength, authTagLength = 16 } = options;
  const info = getCipherInfo(algorithm);
  if (info === undefined) throw invalidOption('algorithm', 'This Node has no such algorithm');
  const raw = Buffer.from(key, 'hex');
  if (raw.length !== info.keyLength || key.length !== 2 * info.keyLength) {
    const message = `The key must be ${info.keyLength} bytes in hexadecimal digits`;
    throw invalidOption('key', message);
  }
  return {
    key: raw,
    algorithm,
    ivLength: ivLength ?? info.ivLength ?? 0,
    tagLength: WITH_TAG.test(algorithm) ? authTagLength : 0,
  };
}
