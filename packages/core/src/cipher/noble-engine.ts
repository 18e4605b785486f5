import { gcm, unsafe } from '@noble/ciphers/aes.js';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { AeadKey, Engine } from './engine.ts';
import { createXaesKey } from './xaes.ts';

type NobleAead = typeof gcm | typeof xchacha20poly1305;

/** One of noble's AEADs under a key of its own copy. */
function aeadOf(aead: NobleAead, key: Uint8Array): AeadKey {
  const own = new Uint8Array(key);
  return {
    seal(nonce, aad, plaintext, out) {
      out.set(aead(own, nonce, aad).encrypt(plaintext));
    },
    open(nonce, aad, sealed, out) {
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
    destroy: () => void own.fill(0),
  };
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const expanded = unsafe.expandKeyLE(key);
  const words = new DataView(block.buffer, block.byteOffset);
  const state = [0, 4, 8, 12].map((at) => words.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const { s0, s1, s2, s3 } = unsafe.encrypt(expanded, ...state);
  expanded.fill(0);
  const out = new Uint8Array(16);
  const view = new DataView(out.buffer);
  for (const [i, word] of [s0, s1, s2, s3].entries()) view.setUint32(4 * i, word, true);
  return out;
}

/**
 * The reference: JavaScript alone, wherever JavaScript runs. Its AES uses tables and leaks timing,
 * so suite 2 is the one to seal with here.
 */
export function createNobleEngine(): Engine {
  return {
    name: '@noble/ciphers',
    constantTimeSuites: new Set([2]),
    aead: (suite, key) =>
      suite === 1
        ? createXaesKey({ encryptBlock, gcm: (derived) => aeadOf(gcm, derived) }, key)
        : aeadOf(xchacha20poly1305, key),
    mac(key) {
      const keyed = hmac.create(sha256, key);
      return {
        mac: (message, out) => keyed.clone().update(message).digestInto(out),
        destroy: () => keyed.destroy(),
      };
    },
    hmac: (key, message) => hmac(sha256, key, message),
    sha256: (message) => sha256(message),
  };
}
