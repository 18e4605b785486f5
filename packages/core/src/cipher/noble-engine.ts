import { unsafe } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Engine } from './engine.ts';
import { createNobleAead } from './noble-aead.ts';
import { createXaes } from './xaes.ts';

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const expanded = unsafe.expandKeyLE(key);
  // works in place
  const encrypted = unsafe.encryptBlock(expanded, new Uint8Array(block));
  expanded.fill(0);
  return encrypted;
}

/**
 * The reference: JavaScript alone, wherever JavaScript runs. Its AES uses tables and leaks timing,
 * so suite 2 is the one to seal with here.
 */
export function createNobleEngine(): Engine {
  const xaesOf = createXaes({ encryptBlock, gcm: (key) => createNobleAead('aes-256-gcm', key) });
  return {
    name: '@noble/ciphers',
    constantTimeSuites: new Set([2]),
    aead: (suite, key) => (suite === 1 ? xaesOf(key) : createNobleAead('xchacha20-poly1305', key)),
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
