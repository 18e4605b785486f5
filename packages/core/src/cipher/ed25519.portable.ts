import { textCodec } from '#text-codec';
import { concatBytes } from '../bytes/concat.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type Ed25519, PKCS8_PREFIX } from './ed25519.ts';

const ALGORITHM = { name: 'Ed25519' };

type Bytes = Uint8Array<ArrayBuffer>;

/** Nothing of what a platform throws is passed on. */
function unsupported(): never {
  throw new FieldsealError('ERR_ENGINE_UNAVAILABLE', 'This platform has no Ed25519', {
    reason: 'Ed25519',
  });
}

function supported<T>(work: () => Promise<T>): Promise<T> {
  return work().catch(unsupported);
}

function isMalformedKey(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataError';
}

/** Ed25519 of Web Crypto. */
export const ed25519: Ed25519 = {
  importSeed: (seed) =>
    supported(async () => {
      const der = concatBytes(PKCS8_PREFIX, seed) as Bytes;
      const { subtle } = crypto;
      // extractable only because its public half comes no other way
      const key = await subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
      const { x = '' } = await subtle.exportKey('jwk', key);
      const fixed = await subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
      der.fill(0);
      const publicKey = new Uint8Array(32);
      textCodec.fromBase64url(x, publicKey);
      return {
        publicKey,
        sign: async (message) =>
          new Uint8Array(await subtle.sign(ALGORITHM, fixed, message as Bytes)),
      };
    }),
  verify: (publicKey, message, signature) =>
    supported(async () => {
      const { subtle } = crypto;
      let key: Awaited<ReturnType<typeof subtle.importKey>>;
      try {
        key = await subtle.importKey('raw', publicKey as Bytes, ALGORITHM, false, ['verify']);
      } catch (error) {
        if (isMalformedKey(error)) return false;
        throw error;
      }
      return subtle.verify(ALGORITHM, key, signature as Bytes, message as Bytes);
    }),
};
