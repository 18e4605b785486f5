import { randomBytes } from 'node:crypto';
import { encodeHead, type GcmWay, type SlotHead } from '../slot/slot-record.ts';
import { CK } from './ck-constants.ts';
import type { Handle, Mechanism } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';
import { SECRET_BYTES, type SealMethod } from './seal-method.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED_BYTES = SECRET_BYTES + TAG_BYTES;
/** Lengths of the vectors that devices make. */
const DEVICE_IV_BYTES = [12, 16];
/** More than any device gives back: what does not fit leaves an operation in its session. */
const ROOM = 128;

/** What a device is offered as initialisation vector. */
const OFFERS = {
  random: () => randomBytes(IV_BYTES),
  zeros: () => Buffer.alloc(IV_BYTES),
  nothing: () => Buffer.alloc(0),
} as const;

interface Made {
  readonly iv: Buffer;
  readonly sealed: Buffer;
}

/** What a device made, if it did it in this way. */
function madeBy(way: GcmWay, sent: Buffer, after: Buffer, output: Buffer): Made | undefined {
  if (way === 'appended-iv') {
    const iv = output.subarray(SEALED_BYTES);
    return DEVICE_IV_BYTES.includes(iv.length)
      ? { iv, sealed: output.subarray(0, SEALED_BYTES) }
      : undefined;
  }
  const isOurs = sent.equals(after);
  if (output.length !== SEALED_BYTES || isOurs !== (way === 'own-iv')) return undefined;
  return { iv: after, sealed: output };
}

function offering(key: Handle, offer: () => Buffer, way: GcmWay): SealMethod {
  const head: SlotHead = { method: 'aes-gcm', way, mechanism: CK.MECHANISM.AES_GCM };
  const additional = (context: Uint8Array) => Buffer.concat([encodeHead(head), context]);

  function mechanism({ forms }: CryptokiModule, iv: Buffer, aad: Buffer): Mechanism {
    const bits = { ivBits: iv.length * 8, tagBits: TAG_BYTES * 8 };
    return {
      mechanism: head.mechanism,
      parameter: { type: forms.CK_PARAMS_GCM, iv, aad, ...bits },
    };
  }

  return {
    head,
    async seal({ module, session }, secret, context) {
      // the module gets pointers to both: they have to live until the call is over
      const iv = offer();
      const aad = additional(context);
      const sent = Buffer.from(iv);
      module.calls.C_EncryptInit(session, mechanism(module, iv, aad), key);
      const output = await module.calls.C_EncryptAsync(session, secret, Buffer.alloc(ROOM));
      const made = madeBy(way, sent, iv, output);
      return made && { head, ...made, beside: Buffer.alloc(0) };
    },
    async open({ module, session }, record, context) {
      const isWhole = record.sealed.length === SEALED_BYTES && record.beside.length === 0;
      if (!isWhole || !DEVICE_IV_BYTES.includes(record.iv.length)) return null;
      const iv = Buffer.from(record.iv);
      const aad = additional(context);
      module.calls.C_DecryptInit(session, mechanism(module, iv, aad), key);
      const input = Buffer.from(record.sealed);
      const opened = await module.calls.C_DecryptAsync(session, input, Buffer.alloc(ROOM));
      return opened.length === SECRET_BYTES ? opened : null;
    },
  };
}

/**
 * AES-GCM in the device, with the context as additional data. Three conventions are in use for the
 * initialisation vector: the device takes ours, writes its own over ours, or appends its own to what it
 * gives back. A device that wants to make its own refuses ours, or takes zeros or nothing; where zeros
 * come back as they were sent, it has used them, and that is no way to seal anything.
 */
export function aesGcm(key: Handle): readonly SealMethod[] {
  const { random, zeros, nothing } = OFFERS;
  return [
    offering(key, random, 'own-iv'),
    offering(key, random, 'device-iv'),
    offering(key, random, 'appended-iv'),
    offering(key, zeros, 'device-iv'),
    offering(key, zeros, 'appended-iv'),
    offering(key, nothing, 'appended-iv'),
  ];
}
