import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import type { AeadKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';

/** Names are those of OpenSSL. */
type Algorithm = 'aes-256-gcm' | 'chacha20-poly1305' | 'xchacha20-poly1305';

const AEADS = {
  'aes-256-gcm': gcm,
  'chacha20-poly1305': chacha20poly1305,
  'xchacha20-poly1305': xchacha20poly1305,
} as const satisfies Record<Algorithm, unknown>;

/** One of noble's AEADs; nonces have 12 bytes, those of XChaCha 24. */
export function createNobleAead(algorithm: Algorithm, key: Uint8Array): AeadKey {
  const aead = AEADS[algorithm];
  const own = new Uint8Array(key);
  let destroyed = false;
  return {
    seal(nonce, aad, plaintext, out) {
      if (destroyed) throw keyDestroyed();
      out.set(aead(own, nonce, aad).encrypt(plaintext));
    },
    open(nonce, aad, sealed, out) {
      if (destroyed) throw keyDestroyed();
      let plaintext: Uint8Array;
      try {
        plaintext = aead(own, nonce, aad).decrypt(sealed);
      } catch {
        return false;
      }
      out.set(plaintext);
      plaintext.fill(0);
      return true;
    },
    destroy() {
      destroyed = true;
      own.fill(0);
    },
  };
}
