import { createDecipheriv, createHash } from 'node:crypto';
import type { LegacyReader } from '@fieldseal/core';
import { invalidOption } from './invalid-option.ts';
import { readUtf8 } from './read-utf8.ts';

/** Keys of prisma-field-encryption. */
export interface CloakReaderOptions {
  /** `k1.aesgcm256.` and 43 characters each: the encryption key and all former decryption keys. */
  readonly keys: readonly string[];
}

const KEY = /^k1\.aesgcm256\.([A-Za-z0-9_-]{43}=?)$/;
const VALUE = /^v1\.aesgcm256\.([0-9a-fA-F]{8})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{22,}={0,2})$/;
const PREFIX = 'v1.aesgcm256.';
const TAG_BYTES = 16;

/**
 * Opens what prisma-field-encryption (or `@47ng/cloak` itself) has encrypted: AES-256-GCM with the
 * fingerprint of its key in the text.
 *
 * @throws `ERR_CONFIG_INVALID` for a key that is none
 *
 * @example
 * ```ts
 * import { cloakReader } from '@fieldseal/legacy';
 *
 * const keys = ['k1.aesgcm256.DbQoar8ZLuUsOHZNyrnjlskInHDYlzF3q6y1KGM7DUM='];
 * const legacy = { 'Customer.aadhaar': [cloakReader({ keys })] };
 * // fieldseal({ keyring, manifest, legacy }), and the same in the options of the job
 * ```
 */
export function cloakReader({ keys }: CloakReaderOptions): LegacyReader {
  const byFingerprint = new Map(keys.map((key) => [fingerprintOf(key), rawKey(key)]));
  return {
    name: 'prisma-field-encryption aes-256-gcm',
    isAuthenticated: true,
    recognises: (text) => text.startsWith(PREFIX),
    open(text) {
      const [, fingerprint, iv, body] = VALUE.exec(text) ?? [];
      const key = byFingerprint.get(fingerprint?.toLowerCase() ?? '');
      if (key === undefined || iv === undefined || body === undefined) return undefined;
      return decrypt(key, Buffer.from(iv, 'base64url'), Buffer.from(body, 'base64url'));
    },
  };
}

function decrypt(key: Buffer, iv: Buffer, body: Buffer): string | undefined {
  if (body.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const start = decipher.update(body.subarray(0, -TAG_BYTES));
  try {
    return readUtf8(Buffer.concat([start, decipher.final()]));
  } catch {
    return undefined;
  }
}

function rawKey(key: string): Buffer {
  const [, text] = KEY.exec(key) ?? [];
  if (text !== undefined) return Buffer.from(text, 'base64url');
  throw invalidOption('keys', 'A key of cloak is "k1.aesgcm256." and 43 characters');
}

/** Of the text of the key, as cloak takes it. */
function fingerprintOf(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex').slice(0, 8);
}
