import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
} from 'node:crypto';
import type { AeadKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';

const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

/**
 * One of OpenSSL's AEADs with 12-byte nonces. The key is a KeyObject, made once: on Node 24 bytes
 * cost four times as much, at every call.
 */
export function createNodeAead(
  algorithm: 'aes-256-gcm' | 'chacha20-poly1305',
  key: Uint8Array,
): AeadKey {
  let own: ReturnType<typeof createSecretKey> | undefined = createSecretKey(key);
  // both kinds of AEAD have the same methods; the overloads of the types tell them apart by name
  const name = algorithm as CipherGCMTypes;
  return {
    seal(nonce, aad, plaintext, out) {
      if (own === undefined) throw keyDestroyed();
      const cipher = createCipheriv(name, own, nonce, OPTIONS);
      cipher.setAAD(aad);
      out.set(cipher.update(plaintext));
      cipher.final();
      out.set(cipher.getAuthTag(), plaintext.length);
    },
    open(nonce, aad, sealed, out) {
      if (own === undefined) throw keyDestroyed();
      const length = sealed.length - TAG_BYTES;
      if (length < 0) return false;
      const decipher = createDecipheriv(name, own, nonce, OPTIONS);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(length));
      const plaintext = decipher.update(sealed.subarray(0, length));
      try {
        decipher.final();
      } catch {
        plaintext.fill(0);
        return false;
      }
      out.set(plaintext);
      plaintext.fill(0);
      return true;
    },
    destroy() {
      // OpenSSL wipes the bytes when the KeyObject is collected; there is no way to do it earlier
      own = undefined;
    },
  };
}
