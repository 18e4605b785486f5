import { LRUCache } from 'lru-cache';
import type { AeadKey } from './engine.ts';

/** The primitives that an engine lends to XAES-256-GCM. */
export interface XaesPrimitives {
  /** One AES-256 block: 16 bytes to 16 bytes. */
  encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array;
  /** AES-256-GCM under one key, with 12-byte nonces. */
  gcm(key: Uint8Array): AeadKey;
}

/** Derived keys that one XAES key keeps; the least recently used is wiped to make room. */
const MAX_DERIVED_KEYS = 4_096;

/**
 * XAES-256-GCM (C2SP xaes-256-gcm): the first half of a 24-byte nonce selects a derived AES-256
 * key, the second is the GCM nonce. Derived keys are cached by the first half, so that a warm call
 * costs one AES-256-GCM call.
 */
export function createXaesKey(primitives: XaesPrimitives, key: Uint8Array): AeadKey {
  const master = new Uint8Array(key);
  const k1 = doubled(primitives.encryptBlock(master, new Uint8Array(16)));
  const derivedKeys = new LRUCache<string, AeadKey>({
    max: MAX_DERIVED_KEYS,
    dispose: (gcm) => gcm.destroy(),
  });
  const lastHalf = new Uint8Array(12);
  let lastKey: AeadKey | undefined;

  function keyFor(nonce: Uint8Array): AeadKey {
    if (lastKey !== undefined && startsWith(nonce, lastHalf)) return lastKey;
    const half = String.fromCharCode(...nonce.subarray(0, 12));
    let gcm = derivedKeys.get(half);
    if (gcm === undefined) {
      const derived = new Uint8Array(32);
      derived.set(cmacBlock(nonce, 1), 0);
      derived.set(cmacBlock(nonce, 2), 16);
      gcm = primitives.gcm(derived);
      derived.fill(0);
      derivedKeys.set(half, gcm);
    }
    lastHalf.set(nonce.subarray(0, 12));
    lastKey = gcm;
    return gcm;
  }

  // SP 800-38B CMAC of one full block: AES(K1 xor M), with M = 0x00 counter "X" 0x00 || half.
  function cmacBlock(nonce: Uint8Array, counter: number): Uint8Array {
    const block = new Uint8Array(16);
    block[1] = counter;
    block[2] = 0x58;
    block.set(nonce.subarray(0, 12), 4);
    for (let i = 0; i < 16; i++) block[i] = (block[i] as number) ^ (k1[i] as number);
    return primitives.encryptBlock(master, block);
  }

  return {
    seal(nonce, aad, plaintext, out) {
      keyFor(nonce).seal(nonce.subarray(12), aad, plaintext, out);
    },
    open(nonce, aad, sealed, out) {
      return keyFor(nonce).open(nonce.subarray(12), aad, sealed, out);
    },
    destroy() {
      lastKey = undefined;
      derivedKeys.clear();
      master.fill(0);
      k1.fill(0);
    },
  };
}

/** The CMAC subkey K1: L doubled in GF(2^128) (SP 800-38B section 6.1). */
function doubled(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(16);
  let carry = 0;
  for (let i = 15; i >= 0; i--) {
    const shifted = ((block[i] as number) << 1) | carry;
    result[i] = shifted;
    carry = shifted >> 8;
  }
  result[15] = (result[15] as number) ^ (carry * 0x87);
  return result;
}

function startsWith(nonce: Uint8Array, half: Uint8Array): boolean {
  for (let i = 0; i < 12; i++) if (nonce[i] !== half[i]) return false;
  return true;
}
