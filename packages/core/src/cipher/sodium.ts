import { createRequire } from 'node:module';

/** What is used of `sodium-native`; it has no types of its own. */
export interface Sodium {
  crypto_aead_xchacha20poly1305_ietf_encrypt(
    out: Uint8Array,
    message: Uint8Array,
    aad: Uint8Array,
    unused: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  /** Throws when the tag does not fit. */
  crypto_aead_xchacha20poly1305_ietf_decrypt(
    out: Uint8Array,
    unused: null,
    sealed: Uint8Array,
    aad: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
}

/** The optional accelerator; `undefined` where it is not installed or does not load. */
export function loadSodium(): Sodium | undefined {
  try {
    const sodium = createRequire(import.meta.url)('sodium-native') as Partial<Sodium>;
    const { crypto_aead_xchacha20poly1305_ietf_encrypt: seal } = sodium;
    const { crypto_aead_xchacha20poly1305_ietf_decrypt: open } = sodium;
    return typeof seal === 'function' && typeof open === 'function'
      ? (sodium as Sodium)
      : undefined;
  } catch {
    return undefined;
  }
}
