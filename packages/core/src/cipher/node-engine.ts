import { createCipheriv, createHash, createHmac, createSecretKey } from 'node:crypto';
import type { Engine, MacKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';
import { createNodeAead } from './node-aead.ts';
import { createNodeXchacha } from './node-xchacha.ts';
import type { Sodium } from './sodium.ts';
import { createSodiumAead } from './sodium-aead.ts';
import { createXaes } from './xaes.ts';

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return cipher.update(block);
}

function macOf(key: Uint8Array): MacKey {
  let own: ReturnType<typeof createSecretKey> | undefined = createSecretKey(key);
  return {
    mac(message, out) {
      if (own === undefined) throw keyDestroyed();
      out.set(createHmac('sha256', own).update(message).digest());
    },
    destroy() {
      own = undefined;
    },
  };
}

/**
 * OpenSSL by way of `node:crypto`, and libsodium for suite 2 where it is given.
 *
 * @param sodium - From `loadSodium`.
 */
export function createNodeEngine(sodium?: Sodium): Engine {
  const xaesOf = createXaes({ encryptBlock, gcm: (key) => createNodeAead('aes-256-gcm', key) });
  const xchachaOf =
    sodium === undefined ? createNodeXchacha : (key: Uint8Array) => createSodiumAead(sodium, key);
  return {
    name: sodium === undefined ? 'node:crypto' : 'node:crypto + sodium-native',
    constantTimeSuites: new Set([1, 2]),
    aead: (suite, key) => (suite === 1 ? xaesOf(key) : xchachaOf(key)),
    mac: macOf,
    hmac: (key, message) => createHmac('sha256', key).update(message).digest(),
    sha256: (message) => createHash('sha256').update(message).digest(),
  };
}
