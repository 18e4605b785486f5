import {
  constants,
  createCipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import type { Kms } from '@fieldseal/core';

export type Wrapping = 'RSAES_OAEP_SHA_256' | 'RSA_AES_KEY_WRAP_SHA_256';

function oaep(publicKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key, padding, oaepHash: 'sha256' }, bytes);
}

/** Wraps material as the developer guide of AWS KMS says to, with OpenSSL alone. */
export function wrapMaterial(
  algorithm: Wrapping,
  publicKey: Uint8Array,
  material: Uint8Array,
): Uint8Array {
  if (algorithm === 'RSAES_OAEP_SHA_256') return oaep(publicKey, material);
  const aes = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
  const wrapped = Buffer.concat([cipher.update(material), cipher.final()]);
  return Buffer.concat([oaep(publicKey, aes), wrapped]);
}

/** A token and material wrapped for it. */
export async function prepareImport(
  kms: Kms,
  keyId: string,
  material: Uint8Array,
  algorithm: Wrapping = 'RSAES_OAEP_SHA_256',
): Promise<{ readonly ImportToken: Uint8Array; readonly EncryptedKeyMaterial: Uint8Array }> {
  const { ImportToken, PublicKey } = await kms.getParametersForImport({
    KeyId: keyId,
    WrappingAlgorithm: algorithm,
    WrappingKeySpec: 'RSA_2048',
  });
  return { ImportToken, EncryptedKeyMaterial: wrapMaterial(algorithm, PublicKey, material) };
}

/** Imports material that never expires. */
export async function importInto(kms: Kms, keyId: string, material: Uint8Array): Promise<string> {
  const { KeyMaterialId } = await kms.importKeyMaterial({
    KeyId: keyId,
    ...(await prepareImport(kms, keyId, material)),
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  });
  return KeyMaterialId;
}
