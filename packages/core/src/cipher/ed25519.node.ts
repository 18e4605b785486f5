import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { concatBytes } from '../bytes/concat.ts';
import { type Ed25519, PKCS8_PREFIX } from './ed25519.ts';

/** What stands before the 32 bytes of a public key in SPKI (RFC 8410 section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

function publicKeyOf(bytes: Uint8Array): KeyObject | undefined {
  try {
    const key = Buffer.concat([SPKI_PREFIX, bytes]);
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** Ed25519 of `node:crypto`. */
export const ed25519: Ed25519 = {
  async importSeed(seed) {
    const der = Buffer.from(concatBytes(PKCS8_PREFIX, seed));
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    der.fill(0);
    const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
    return {
      publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
      sign: async (message) => new Uint8Array(sign(null, message, key)),
    };
  },
  async verify(publicKey, message, signature) {
    const key = publicKey.length === 32 ? publicKeyOf(publicKey) : undefined;
    return key !== undefined && verify(null, message, key, signature);
  },
};
