import { hchacha } from '@noble/ciphers/chacha.js';
import type { AeadKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';
import { createNodeAead } from './node-aead.ts';

const CONSTANT = words(new TextEncoder().encode('expand 32-byte k'));

function words(bytes: Uint8Array): Uint32Array {
  const copy = new Uint8Array(bytes);
  return new Uint32Array(copy.buffer);
}

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03 section 2), which OpenSSL has not: HChaCha20 of the
 * first 16 nonce bytes gives the key, zeros and the last 8 give the nonce of ChaCha20-Poly1305.
 */
export function createNodeXchacha(key: Uint8Array): AeadKey {
  const own = words(key);
  const subkey = new Uint32Array(8);
  const subkeyBytes = new Uint8Array(subkey.buffer);
  const inner = new Uint8Array(12);
  let destroyed = false;

  function derive(nonce: Uint8Array): AeadKey {
    if (destroyed) throw keyDestroyed();
    hchacha(CONSTANT, own, words(nonce.subarray(0, 16)), subkey);
    inner.set(nonce.subarray(16), 4);
    const aead = createNodeAead('chacha20-poly1305', subkeyBytes);
    subkey.fill(0);
    return aead;
  }

  return {
    seal: (nonce, aad, plaintext, out) => derive(nonce).seal(inner, aad, plaintext, out),
    open: (nonce, aad, sealed, out) => derive(nonce).open(inner, aad, sealed, out),
    destroy() {
      destroyed = true;
      own.fill(0);
    },
  };
}
