/** A private key, imported. */
export interface Ed25519Key {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes (RFC 8032: the same message gives the same signature). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * Ed25519 of the platform. Chosen by the package's `#ed25519` import condition; both give the same
 * bytes. Asynchronous, because Web Crypto knows nothing else.
 */
export interface Ed25519 {
  /**
   * @param seed - 32 bytes, not needed any more afterwards.
   * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519.
   */
  importSeed(seed: Uint8Array): Promise<Ed25519Key>;
  /**
   * Whether the signature is of this key and message; `false` also for what is no key.
   * @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no Ed25519.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** What stands before the 32 bytes of a seed in PKCS #8 (RFC 8410 section 7). */
export const PKCS8_PREFIX: Uint8Array = Uint8Array.of(
  ...[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ],
);
