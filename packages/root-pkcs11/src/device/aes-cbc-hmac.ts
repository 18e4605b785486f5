import { randomBytes, timingSafeEqual } from 'node:crypto';
import { encodeHead, type SlotHead } from '../slot/slot-record.ts';
import { CK } from './ck-constants.ts';
import type { Handle } from './cryptoki.ts';
import { type LentSession, SECRET_BYTES, type SealMethod } from './seal-method.ts';

const IV_BYTES = 16;
const MAC_BYTES = 32;
const HEAD: SlotHead = {
  method: 'aes-cbc-hmac',
  way: 'sha256',
  mechanism: CK.MECHANISM.AES_CBC,
};

/**
 * AES-CBC and HMAC-SHA-256 in the device, under two keys: encrypt, then MAC over everything. The MAC is
 * checked before anything is decrypted; 32 bytes need no padding, so there is none to be told apart.
 */
export function aesCbcHmac(key: Handle, macKey: Handle): readonly SealMethod[] {
  async function mac(
    { module: { calls }, session }: LentSession,
    iv: Uint8Array,
    sealed: Uint8Array,
    context: Uint8Array,
  ): Promise<Buffer> {
    // all lengths are fixed
    const input = Buffer.concat([encodeHead(HEAD), context, iv, sealed]);
    const mechanism = { mechanism: CK.MECHANISM.SHA256_HMAC, parameter: null };
    calls.C_SignInit(session, mechanism, macKey);
    return calls.C_SignAsync(session, input, Buffer.alloc(64));
  }

  return [
    {
      head: HEAD,
      async seal(lent, secret, context) {
        const { calls } = lent.module;
        const iv = randomBytes(IV_BYTES);
        const parameter = Buffer.from(iv);
        calls.C_EncryptInit(lent.session, { mechanism: HEAD.mechanism, parameter }, key);
        const sealed = await calls.C_EncryptAsync(lent.session, secret, Buffer.alloc(64));
        if (sealed.length !== SECRET_BYTES || !parameter.equals(iv)) return undefined;
        const beside = await mac(lent, iv, sealed, context);
        return beside.length === MAC_BYTES ? { head: HEAD, iv, sealed, beside } : undefined;
      },
      async open(lent, { iv, sealed, beside }, context) {
        const lengths = [iv, sealed, beside].map(({ length }) => length);
        if (lengths.join() !== [IV_BYTES, SECRET_BYTES, MAC_BYTES].join()) return null;
        const expected = await mac(lent, iv, sealed, context);
        if (expected.length !== MAC_BYTES || !timingSafeEqual(expected, beside)) return null;
        const { calls } = lent.module;
        const parameter = Buffer.from(iv);
        calls.C_DecryptInit(lent.session, { mechanism: HEAD.mechanism, parameter }, key);
        const room = Buffer.alloc(64);
        const opened = await calls.C_DecryptAsync(lent.session, Buffer.from(sealed), room);
        return opened.length === SECRET_BYTES ? opened : null;
      },
    },
  ];
}
