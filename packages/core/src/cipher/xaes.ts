import { LRUCache } from 'lru-cache';
import type { AeadKey } from './engine.ts';
import { keyDestroyed } from './key-destroyed.ts';

/** The primitives that an engine lends to XAES-256-GCM. */
export interface XaesPrimitives {
  /** One AES-256 block: 16 bytes to 16 bytes of its own. */
  encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array;
  /** AES-256-GCM with 12-byte nonces, under a key that it copies. */
  gcm(key: Uint8Array): AeadKey;
}

/** Derived keys of all XAES keys of an engine; the least recently used is wiped to make room. */
const MAX_DERIVED_KEYS = 4_096;
const HALF_BYTES = 12;
const BLOCK_BYTES = 16;

interface DerivedKey {
  readonly gcm: AeadKey;
  /** Tells the XAES key that it has lost this one. */
  readonly lost: (name: string) => void;
}

/**
 * XAES-256-GCM (C2SP xaes-256-gcm): the first half of a 24-byte nonce selects a derived AES-256
 * key, the second is the GCM nonce. Derived keys are kept, by XAES key and first half, so that a
 * warm call costs one AES-256-GCM call.
 *
 * @returns what makes an XAES key of 32 bytes, which are copied.
 */
export function createXaes(
  primitives: XaesPrimitives,
  maxDerivedKeys: number = MAX_DERIVED_KEYS,
): (key: Uint8Array) => AeadKey {
  // one cache for all keys: a cache for each would let the number of derived keys grow with the
  // number of field keys, and takes 80 KiB before it holds anything
  const derivedKeys = new LRUCache<string, DerivedKey>({
    max: maxDerivedKeys,
    dispose(derived, name) {
      derived.gcm.destroy();
      derived.lost(name);
    },
  });
  let serial = 0;

  return (key) => {
    serial += 1;
    return createXaesKey(primitives, derivedKeys, serial, key);
  };
}

function createXaesKey(
  primitives: XaesPrimitives,
  derivedKeys: LRUCache<string, DerivedKey>,
  serial: number,
  key: Uint8Array,
): AeadKey {
  const master = new Uint8Array(key);
  const k1 = subkeyOf(primitives.encryptBlock(master, new Uint8Array(BLOCK_BYTES)));
  const names = new Set<string>();
  const lastHalf = new Uint8Array(HALF_BYTES);
  const iv = new Uint8Array(HALF_BYTES);
  let lastKey: AeadKey | undefined;
  let destroyed = false;

  function lost(name: string): void {
    names.delete(name);
    lastKey = undefined;
  }

  /** The key that the first half of a nonce selects; leaves the second half in `iv`. */
  function select(nonce: Uint8Array): AeadKey {
    if (destroyed) throw keyDestroyed();
    for (let i = 0; i < HALF_BYTES; i++) iv[i] = nonce[HALF_BYTES + i] as number;
    if (lastKey !== undefined && startsWith(nonce, lastHalf)) return lastKey;
    const name = nameOf(serial, nonce);
    let gcm = derivedKeys.get(name)?.gcm;
    if (gcm === undefined) {
      gcm = derive(nonce);
      names.add(name);
      derivedKeys.set(name, { gcm, lost });
    }
    for (let i = 0; i < HALF_BYTES; i++) lastHalf[i] = nonce[i] as number;
    lastKey = gcm;
    return gcm;
  }

  function derive(nonce: Uint8Array): AeadKey {
    const derived = new Uint8Array(2 * BLOCK_BYTES);
    for (const counter of [1, 2]) {
      const half = cmacBlock(nonce, counter);
      derived.set(half, (counter - 1) * BLOCK_BYTES);
      half.fill(0);
    }
    const gcm = primitives.gcm(derived);
    derived.fill(0);
    return gcm;
  }

  // SP 800-38B CMAC of one full block: AES(K1 xor M), with M = 0x00 counter "X" 0x00 || half.
  function cmacBlock(nonce: Uint8Array, counter: number): Uint8Array {
    const block = Uint8Array.of(0, counter, 0x58, 0, ...nonce.subarray(0, HALF_BYTES));
    for (let i = 0; i < BLOCK_BYTES; i++) block[i] = (block[i] as number) ^ (k1[i] as number);
    const encrypted = primitives.encryptBlock(master, block);
    block.fill(0);
    return encrypted;
  }

  return {
    seal(nonce, aad, plaintext, out) {
      select(nonce).seal(iv, aad, plaintext, out);
    },
    open(nonce, aad, sealed, out) {
      return select(nonce).open(iv, aad, sealed, out);
    },
    destroy() {
      destroyed = true;
      for (const name of [...names]) derivedKeys.delete(name);
      master.fill(0);
      k1.fill(0);
    },
  };
}

/** The CMAC subkey K1: the block doubled in GF(2^128) (SP 800-38B section 6.1). Wipes the block. */
function subkeyOf(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK_BYTES);
  let carry = 0;
  for (let i = BLOCK_BYTES - 1; i >= 0; i--) {
    const shifted = ((block[i] as number) << 1) | carry;
    result[i] = shifted;
    carry = shifted >> 8;
  }
  result[BLOCK_BYTES - 1] = (result[BLOCK_BYTES - 1] as number) ^ (carry * 0x87);
  block.fill(0);
  return result;
}

/** XAES key and first half of the nonce as text, two bytes a character. */
function nameOf(serial: number, nonce: Uint8Array): string {
  const pair = (at: number): number => ((nonce[at] as number) << 8) | (nonce[at + 1] as number);
  return String.fromCharCode(
    (serial / 0x1_0000_0000) & 0xffff,
    serial >>> 16,
    serial & 0xffff,
    pair(0),
    pair(2),
    pair(4),
    pair(6),
    pair(8),
    pair(10),
  );
}

function startsWith(nonce: Uint8Array, half: Uint8Array): boolean {
  for (let i = 0; i < HALF_BYTES; i++) if (nonce[i] !== half[i]) return false;
  return true;
}
