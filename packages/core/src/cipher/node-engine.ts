import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
} from 'node:crypto';
import { hchacha } from '@noble/ciphers/chacha.js';
import type { AeadKey, Engine, MacKey } from './engine.ts';
import type { Sodium } from './sodium.ts';
import { createSodiumAead } from './sodium-aead.ts';
import { createXaesKey } from './xaes.ts';

const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

type NodeAead = CipherGCMTypes | 'chacha20-poly1305';

/**
 * One of OpenSSL's AEADs with 12-byte nonces. The key is a KeyObject, made once: on Node 24 bytes
 * cost four times as much, at every call.
 */
function aeadOf(algorithm: NodeAead, key: Uint8Array): AeadKey {
  let own: ReturnType<typeof createSecretKey> | undefined = createSecretKey(key);
  // both kinds of AEAD have the same methods; the overloads of the types tell them apart by name
  const name = algorithm as 'aes-256-gcm';
  return {
    seal(nonce, aad, plaintext, out) {
      if (own === undefined) throw new TypeError('The key was destroyed');
      const cipher = createCipheriv(name, own, nonce, OPTIONS);
      cipher.setAAD(aad, { plaintextLength: plaintext.length });
      out.set(cipher.update(plaintext));
      cipher.final();
      out.set(cipher.getAuthTag(), plaintext.length);
    },
    open(nonce, aad, sealed, out) {
      if (own === undefined) throw new TypeError('The key was destroyed');
      const length = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(name, own, nonce, OPTIONS);
      decipher.setAAD(aad, { plaintextLength: length });
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
      own = undefined;
    },
  };
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-ecb', key, null);
  cipher.setAutoPadding(false);
  return cipher.update(block);
}

const CHACHA_CONSTANT = new Uint32Array(new TextEncoder().encode('expand 32-byte k').buffer);

function words(bytes: Uint8Array): Uint32Array {
  const copy = new Uint8Array(bytes);
  return new Uint32Array(copy.buffer);
}

/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): HChaCha20 of the first 16 nonce bytes gives the
 * key, zeros and the last 8 give the nonce of ChaCha20-Poly1305.
 */
function xchachaOf(key: Uint8Array): AeadKey {
  const own = words(key);
  const subkey = new Uint32Array(8);
  const subkeyBytes = new Uint8Array(subkey.buffer);
  const inner = new Uint8Array(12);

  function derive(nonce: Uint8Array): AeadKey {
    hchacha(CHACHA_CONSTANT, own, words(nonce.subarray(0, 16)), subkey);
    inner.set(nonce.subarray(16), 4);
    const aead = aeadOf('chacha20-poly1305', subkeyBytes);
    subkey.fill(0);
    return aead;
  }

  return {
    seal: (nonce, aad, plaintext, out) => derive(nonce).seal(inner, aad, plaintext, out),
    open: (nonce, aad, sealed, out) => derive(nonce).open(inner, aad, sealed, out),
    destroy: () => void own.fill(0),
  };
}

function macOf(key: Uint8Array): MacKey {
  let own: ReturnType<typeof createSecretKey> | undefined = createSecretKey(key);
  return {
    mac(message, out) {
      if (own === undefined) throw new TypeError('The key was destroyed');
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
  return {
    name: sodium === undefined ? 'node:crypto' : 'node:crypto + sodium-native',
    constantTimeSuites: new Set([1, 2]),
    aead(suite, key) {
      if (suite === 1) {
        return createXaesKey(
          { encryptBlock, gcm: (derived) => aeadOf('aes-256-gcm', derived) },
          key,
        );
      }
      return sodium === undefined ? xchachaOf(key) : createSodiumAead(sodium, key);
    },
    mac: macOf,
    hmac: (key, message) => createHmac('sha256', key).update(message).digest(),
    sha256: (message) => createHash('sha256').update(message).digest(),
  };
}
