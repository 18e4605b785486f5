import { concatBytes } from '../../bytes/concat.ts';
import { u32 } from '../../bytes/integer.ts';
import type { WrappingAlgorithm } from '../../cipher/import-wrapping.ts';
import { WRAPPING_ALGORITHMS } from '../../cipher/import-wrapping.ts';
import type { RootRing } from '../../keys/root-ring.ts';
import { WRAP_BYTES } from '../../keys/wrap.ts';
import { importTokenContext } from '../../keys/wrap-context.ts';
import { type Primitives, randomBytes } from '../primitives.ts';

/** What an import token holds for the one who made it; nobody else can read it. */
export interface ImportToken {
  readonly algorithm: WrappingAlgorithm;
  /** Seconds since 1970. */
  readonly validTo: number;
  /** PKCS #8. */
  readonly privateKey: Uint8Array;
}

export interface ImportTokens {
  seal(keyId: string, token: ImportToken, publicKeyHash: Uint8Array): Uint8Array;
  /** `null` for what was not made here, for another key, or altered. */
  open(keyId: string, sealed: Uint8Array): ImportToken | null;
}

// 0xF8 | algorithm u8 | valid to u32 | SHA-256 of the public key [32] | wrap [94] | nonce [24] |
// private key | tag [16]
const FIRST = 0xf8;
const HEAD_BYTES = 38;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const MAX_BYTES = 8192;

/**
 * Tokens carry the private key of an import themselves, so that any process of the environment can
 * finish it and nothing has to be stored: a fresh key under the root key seals it.
 */
export function createImportTokens(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly rootKey: RootRing;
}): ImportTokens {
  const { primitives, environment, rootKey } = options;
  const { engine, random } = primitives;

  return {
    seal(keyId, { algorithm, validTo, privateKey }, publicKeyHash) {
      const number = WRAPPING_ALGORITHMS.indexOf(algorithm);
      const head = concatBytes(Uint8Array.of(FIRST, number), u32(validTo), publicKeyHash);
      const key = randomBytes(random, 32);
      const place = { environment, keyId, validTo, algorithm, publicKeyHash };
      const wrapped = rootKey.wrap(random, key, importTokenContext(place));
      const nonce = randomBytes(random, NONCE_BYTES);
      const sealed = new Uint8Array(privateKey.length + TAG_BYTES);
      const aead = engine.aead(1, key);
      key.fill(0);
      try {
        aead.seal(nonce, head, privateKey, sealed);
      } finally {
        aead.destroy();
      }
      return concatBytes(head, wrapped, nonce, sealed);
    },

    open(keyId, token) {
      const least = HEAD_BYTES + WRAP_BYTES + NONCE_BYTES + TAG_BYTES;
      const algorithm = WRAPPING_ALGORITHMS[token[1] as number];
      if (token.length < least || token.length > MAX_BYTES || token[0] !== FIRST) return null;
      if (algorithm === undefined) return null;
      const validTo = new DataView(token.buffer, token.byteOffset).getUint32(2);
      const publicKeyHash = token.slice(6, HEAD_BYTES);
      const place = { environment, keyId, validTo, algorithm, publicKeyHash };
      const wrapped = token.slice(HEAD_BYTES, HEAD_BYTES + WRAP_BYTES);
      // what somebody gives us names any generation: a token of one that is gone is of no use
      const isOurs = rootKey.holds(wrapped);
      const key = isOurs ? rootKey.unwrap(wrapped, importTokenContext(place)) : null;
      if (key === null) return null;
      const nonce = token.subarray(HEAD_BYTES + WRAP_BYTES, HEAD_BYTES + WRAP_BYTES + NONCE_BYTES);
      const sealed = token.subarray(HEAD_BYTES + WRAP_BYTES + NONCE_BYTES);
      const privateKey = new Uint8Array(sealed.length - TAG_BYTES);
      const aead = engine.aead(1, key);
      key.fill(0);
      try {
        const opened = aead.open(nonce, token.subarray(0, HEAD_BYTES), sealed, privateKey);
        return opened ? { algorithm, validTo, privateKey } : null;
      } finally {
        aead.destroy();
      }
    },
  };
}
