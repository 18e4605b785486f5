import type { AeadKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';
import type { Sodium } from './sodium.ts';

/**
 * XChaCha20-Poly1305 by libsodium: one native call for a cell. The key is ordinary memory that is
 * wiped, since guarded pages cost 16 KiB and four system calls for each field of each data key.
 */
export function createSodiumAead(sodium: Sodium, key: Uint8Array): AeadKey {
  const own = Buffer.alloc(32);
  own.set(key);
  let destroyed = false;
  return {
    seal(nonce, aad, plaintext, out) {
      if (destroyed) throw keyDestroyed();
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out, plaintext, aad, null, nonce, own);
    },
    open(nonce, aad, sealed, out) {
      if (destroyed) throw keyDestroyed();
      try {
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(out, null, sealed, aad, nonce, own);
        return true;
      } catch {
        return false;
      }
    },
    destroy() {
      destroyed = true;
      own.fill(0);
    },
  };
}
