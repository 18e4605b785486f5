import { concatBytes } from '../bytes/concat.ts';
import { encodeContext } from '../bytes/context.ts';
import { u32 } from '../bytes/integer.ts';
import type { Engine, RandomSource } from '../cipher/engine.ts';
import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';

/**
 * `0xF7 | 0x01 | key id [16] | key version u32 | nonce [24] | ciphertext | tag [16]`
 * (FORMAT.md section 4): what the public encrypt and decrypt calls of a key give and take.
 */
const HEAD = Uint8Array.of(0xf7, 0x01);
const HEAD_BYTES = 22;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

interface BlobPlace {
  readonly engine: Engine;
  /** 32 bytes: `use: "api"` of the key version. */
  readonly apiKey: Uint8Array;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
  readonly keyVersion: number;
  readonly environment: string;
  /** The caller's pairs; the same ones open the blob. */
  readonly encryptionContext: Readonly<Record<string, string>>;
}

function authenticated(place: BlobPlace, head: Uint8Array): Uint8Array {
  const environment = encodeContext({ env: place.environment });
  return concatBytes(head, environment, encodeContext(place.encryptionContext));
}

/** Encrypts under a key version, with a nonce of its own. */
export function sealBlob(
  options: BlobPlace & { readonly random: RandomSource; readonly plaintext: Uint8Array },
): Uint8Array {
  const { engine, random, apiKey, keyId, keyVersion, plaintext } = options;
  const head = concatBytes(HEAD, keyId, u32(keyVersion));
  const nonce = new Uint8Array(NONCE_BYTES);
  random.fill(nonce);
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  const aead = engine.aead(1, apiKey);
  try {
    aead.seal(nonce, authenticated(options, head), plaintext, sealed);
  } finally {
    aead.destroy();
  }
  return concatBytes(head, nonce, sealed);
}

/** Which key and version a blob names; not authentic before it is open. */
export interface BlobHeader {
  readonly keyId: Uint8Array;
  readonly keyVersion: number;
}

/** @throws `ERR_CIPHERTEXT_REJECTED` */
export function readBlobHeader(blob: Uint8Array): BlobHeader {
  const tooShort = blob.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
  if (tooShort || blob[0] !== HEAD[0] || blob[1] !== HEAD[1]) throw ciphertextRejected();
  return {
    keyId: new Uint8Array(blob.subarray(2, 18)),
    keyVersion: new DataView(blob.buffer, blob.byteOffset).getUint32(18),
  };
}

/** @throws `ERR_CIPHERTEXT_REJECTED` */
export function openBlob(options: BlobPlace & { readonly blob: Uint8Array }): Uint8Array {
  const { engine, apiKey, keyId, keyVersion, blob } = options;
  readBlobHeader(blob);
  const head = concatBytes(HEAD, keyId, u32(keyVersion));
  for (const [i, byte] of head.entries()) if (blob[i] !== byte) throw ciphertextRejected();
  const nonce = blob.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const sealed = blob.subarray(HEAD_BYTES + NONCE_BYTES);
  const plaintext = new Uint8Array(sealed.length - TAG_BYTES);
  const aead = engine.aead(1, apiKey);
  try {
    if (!aead.open(nonce, authenticated(options, head), sealed, plaintext)) {
      throw ciphertextRejected();
    }
  } finally {
    aead.destroy();
  }
  return plaintext;
}
