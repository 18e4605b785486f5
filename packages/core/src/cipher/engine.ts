import type { Suite } from './suite.ts';

/** AEAD under one imported 32-byte key; holds it in the fastest safe form of its engine. */
export interface AeadKey {
  /**
   * Writes ciphertext and tag to `out`.
   * @param nonce - 24 bytes.
   * @param out - `plaintext.length + 16` bytes.
   */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void;
  /**
   * Writes the plaintext to `out`; nothing is to be read from `out` when the answer is `false`.
   * @param sealed - Ciphertext and tag.
   * @param out - `sealed.length - 16` bytes.
   */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  /** Wipes the key. */
  destroy(): void;
}

/** HMAC-SHA-256 under one imported key. */
export interface MacKey {
  /** Writes 32 bytes to `out`. */
  mac(message: Uint8Array, out: Uint8Array): void;
  destroy(): void;
}

/**
 * One implementation of the primitives. All engines are byte-identical; which one sealed is never
 * of interest to the one that opens.
 */
export interface Engine {
  /** For reports, such as `node:crypto + sodium-native`. */
  readonly name: string;
  /** Suites whose implementation runs in constant time here (noble's table AES does not). */
  readonly constantTimeSuites: ReadonlySet<Suite>;
  aead(suite: Suite, key: Uint8Array): AeadKey;
  mac(key: Uint8Array): MacKey;
  /** One-shot HMAC-SHA-256, 32 bytes. */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array;
  sha256(message: Uint8Array): Uint8Array;
}

/** Where random bytes come from; injected, so that tests can replay the golden vectors. */
export interface RandomSource {
  /** Fills the whole array. */
  fill(target: Uint8Array): void;
  /** Drops what is pooled: after a restore of the process or machine from a snapshot. */
  reset(): void;
  /** Grows with each reset: whoever keeps a nonce half for longer than a call renews it then. */
  readonly generation: number;
}
