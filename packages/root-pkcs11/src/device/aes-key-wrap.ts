import { randomBytes } from 'node:crypto';
import type { KeyWrapWay, SlotHead } from '../slot/slot-record.ts';
import { CK } from './ck-constants.ts';
import type { Attribute, Handle, Mechanism } from './cryptoki.ts';
import { openEnvelope, sealInEnvelope } from './envelope.ts';
import { type LentSession, SECRET_BYTES, type SealMethod } from './seal-method.ts';

/** RFC 3394 and RFC 5649 add 8 bytes to 32; what adds more is another scheme under the same number. */
const WRAPPED_BYTES = SECRET_BYTES + 8;
const ROOM = 128;
const { ATTRIBUTE, CLASS, KEY_TYPE, MECHANISM } = CK;

/** A key that lives as long as its session and may be read. */
const READABLE: readonly Attribute[] = [
  { type: ATTRIBUTE.CLASS, value: CLASS.SECRET_KEY },
  { type: ATTRIBUTE.KEY_TYPE, value: KEY_TYPE.AES },
  { type: ATTRIBUTE.TOKEN, value: false },
  { type: ATTRIBUTE.PRIVATE, value: true },
  { type: ATTRIBUTE.SENSITIVE, value: false },
  { type: ATTRIBUTE.EXTRACTABLE, value: true },
];

interface Wrapping {
  wrap(lent: LentSession, kek: Buffer): Promise<Buffer>;
  unwrap(lent: LentSession, wrapped: Buffer): Promise<Buffer>;
}

/** Some devices wrap bytes. */
function byEncrypting(key: Handle, mechanism: Mechanism): Wrapping {
  return {
    async wrap({ module: { calls }, session }, kek) {
      calls.C_EncryptInit(session, mechanism, key);
      return calls.C_EncryptAsync(session, kek, Buffer.alloc(ROOM));
    },
    async unwrap({ module: { calls }, session }, wrapped) {
      calls.C_DecryptInit(session, mechanism, key);
      return calls.C_DecryptAsync(session, wrapped, Buffer.alloc(ROOM));
    },
  };
}

/** Others wrap keys that are objects of theirs. */
function byWrapping(key: Handle, mechanism: Mechanism): Wrapping {
  return {
    async wrap({ module: { calls }, session }, kek) {
      const value = { type: ATTRIBUTE.VALUE, value: kek };
      const object = calls.C_CreateObject(session, [...READABLE, value]);
      try {
        return await calls.C_WrapKeyAsync(session, mechanism, key, object, Buffer.alloc(ROOM));
      } finally {
        calls.C_DestroyObject(session, object);
      }
    },
    async unwrap({ module: { calls }, session }, wrapped) {
      const object = await calls.C_UnwrapKeyAsync(session, mechanism, key, wrapped, READABLE);
      try {
        const [read] = calls.C_GetAttributeValue(session, object, [{ type: ATTRIBUTE.VALUE }]);
        return read?.value ?? Buffer.alloc(0);
      } finally {
        calls.C_DestroyObject(session, object);
      }
    },
  };
}

function wrapping(key: Handle, number: number, way: KeyWrapWay): SealMethod {
  const head: SlotHead = { method: 'aes-key-wrap', way, mechanism: number };
  const mechanism: Mechanism = { mechanism: number, parameter: null };
  const by = way === 'wrap' ? byWrapping(key, mechanism) : byEncrypting(key, mechanism);
  return {
    head,
    async seal(lent, secret, context) {
      const kek = randomBytes(SECRET_BYTES);
      try {
        const sealed = await by.wrap(lent, kek);
        if (sealed.length !== WRAPPED_BYTES) return undefined;
        const beside = sealInEnvelope(kek, secret, head, context);
        return { head, iv: Buffer.alloc(0), sealed, beside };
      } finally {
        kek.fill(0);
      }
    },
    async open(lent, { iv, sealed, beside }, context) {
      if (sealed.length !== WRAPPED_BYTES || iv.length !== 0) return null;
      const kek = await by.unwrap(lent, Buffer.from(sealed));
      try {
        return kek.length === SECRET_BYTES ? openEnvelope(kek, beside, head, context) : null;
      } finally {
        kek.fill(0);
      }
    },
  };
}

/** A key wrap of AES: it authenticates, but binds no context, so an envelope does. */
export function aesKeyWrap(key: Handle): readonly SealMethod[] {
  const { AES_KEY_WRAP_KWP, AES_KEY_WRAP_PAD, AES_KEY_WRAP } = MECHANISM;
  return [AES_KEY_WRAP_KWP, AES_KEY_WRAP_PAD, AES_KEY_WRAP].flatMap((number) => [
    wrapping(key, number, 'encrypt'),
    wrapping(key, number, 'wrap'),
  ]);
}
