/** How imported material travels, as in AWS KMS. */
export const WRAPPING_ALGORITHMS = ['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'] as const;
export type WrappingAlgorithm = (typeof WRAPPING_ALGORITHMS)[number];

export const WRAPPING_KEY_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;
export type WrappingKeySpec = (typeof WRAPPING_KEY_SPECS)[number];

export interface WrappingKeyPair {
  /** SubjectPublicKeyInfo, DER (RFC 5280). */
  readonly publicKey: Uint8Array;
  /** PKCS #8, DER (RFC 5958). */
  readonly privateKey: Uint8Array;
}

/** RSA for imports. Chosen by the package's `#import-wrapping` import condition. */
export interface ImportWrapping {
  /** @throws `ERR_ENGINE_UNAVAILABLE` where the platform has no RSA. */
  createKeyPair(spec: WrappingKeySpec): Promise<WrappingKeyPair>;
  /** `null` for what does not unwrap, for whatever reason. */
  unwrap(
    algorithm: WrappingAlgorithm,
    privateKey: Uint8Array,
    wrapped: Uint8Array,
  ): Uint8Array | null;
}
