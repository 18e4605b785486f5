import {
  constants,
  createDecipheriv,
  createPrivateKey,
  generateKeyPair,
  privateDecrypt,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { ImportWrapping, WrappingAlgorithm, WrappingKeySpec } from './import-wrapping.ts';

const BITS: Readonly<Record<WrappingKeySpec, number>> = {
  RSA_2048: 2048,
  RSA_3072: 3072,
  RSA_4096: 4096,
};
/** Initial value of AES key wrap with padding (RFC 5649 section 3). */
const KWP_IV = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);

const generate = promisify(generateKeyPair);

/** RSA-OAEP with SHA-256 for both hashes (RFC 8017 section 7.1.2). */
function openOaep(privateKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return new Uint8Array(privateDecrypt({ key, padding, oaepHash: 'sha256' }, wrapped));
}

/** An AES-256 key under RSA-OAEP, then the material under that key (PKCS #11, CKM_RSA_AES_KEY_WRAP). */
function openAesKeyWrap(privateKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  const modulus = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const inner = openOaep(privateKey, wrapped.subarray(0, modulus));
  const decipher = createDecipheriv('id-aes256-wrap-pad', inner, KWP_IV);
  const first = decipher.update(wrapped.subarray(modulus));
  const material = new Uint8Array(Buffer.concat([first, decipher.final()]));
  inner.fill(0);
  first.fill(0);
  return material;
}

const OPENERS: Readonly<
  Record<WrappingAlgorithm, (privateKey: Uint8Array, wrapped: Uint8Array) => Uint8Array>
> = { RSAES_OAEP_SHA_256: openOaep, RSA_AES_KEY_WRAP_SHA_256: openAesKeyWrap };

export const importWrapping: ImportWrapping = {
  async createKeyPair(spec) {
    const { publicKey, privateKey } = await generate('rsa', {
      modulusLength: BITS[spec],
      publicKeyEncoding: { type: 'spki', format: 'der' },
      privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    });
    return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) };
  },
  unwrap(algorithm, privateKey, wrapped) {
    try {
      return OPENERS[algorithm](privateKey, wrapped);
    } catch {
      // what OpenSSL says would tell good padding from bad
      return null;
    }
  },
};
