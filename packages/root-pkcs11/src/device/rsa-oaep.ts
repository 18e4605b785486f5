import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import type { OaepWay, SlotHead } from '../slot/slot-record.ts';
import { CK } from './ck-constants.ts';
import type { Handle, Mechanism } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';
import { openEnvelope, sealInEnvelope } from './envelope.ts';
import { SECRET_BYTES, type SealMethod } from './seal-method.ts';
import type { RsaPublicKey } from './token-connection.ts';

const HASHES: Readonly<Record<OaepWay, { readonly hash: number; readonly mgf: number }>> = {
  sha256: { hash: CK.MECHANISM.SHA256, mgf: CK.MGF1.SHA256 },
  sha1: { hash: CK.MECHANISM.SHA_1, mgf: CK.MGF1.SHA1 },
};

function unwrapping(key: Handle, publicKey: RsaPublicKey, way: OaepWay): SealMethod {
  const head: SlotHead = { method: 'rsa-oaep', way, mechanism: CK.MECHANISM.RSA_PKCS_OAEP };
  const [n, e] = [publicKey.modulus, publicKey.exponent].map((x) => x.toString('base64url'));

  function mechanism({ forms }: CryptokiModule): Mechanism {
    const type = forms.CK_PARAMS_RSA_OAEP;
    const { hash: hashAlg, mgf } = HASHES[way];
    return {
      mechanism: head.mechanism,
      parameter: { type, hashAlg, mgf, source: CK.OAEP_DATA_SPECIFIED },
    };
  }

  return {
    head,
    async seal(_lent, secret, context) {
      const jwk = { kty: 'RSA', n: n as string, e: e as string };
      const kek = randomBytes(SECRET_BYTES);
      try {
        const sealed = publicEncrypt(
          {
            key: createPublicKey({ key: jwk, format: 'jwk' }),
            padding: constants.RSA_PKCS1_OAEP_PADDING,
            oaepHash: way,
          },
          kek,
        );
        const beside = sealInEnvelope(kek, secret, head, context);
        return { head, iv: Buffer.alloc(0), sealed, beside };
      } finally {
        kek.fill(0);
      }
    },
    async open({ module, session }, { iv, sealed, beside }, context) {
      const size = publicKey.modulus.length;
      if (sealed.length !== size || iv.length !== 0) return null;
      module.calls.C_DecryptInit(session, mechanism(module), key);
      const room = Buffer.alloc(size);
      const kek = await module.calls.C_DecryptAsync(session, Buffer.from(sealed), room);
      try {
        return kek.length === SECRET_BYTES ? openEnvelope(kek, beside, head, context) : null;
      } finally {
        room.fill(0);
      }
    },
  };
}

/**
 * RSA-OAEP: sealed in software to the public key, opened in the device. Anybody with the public key can
 * make such a slot; what is in it is compared with the commitment of the root key, as of every slot.
 */
export function rsaOaep(key: Handle, publicKey: RsaPublicKey): readonly SealMethod[] {
  return [unwrapping(key, publicKey, 'sha256'), unwrapping(key, publicKey, 'sha1')];
}
