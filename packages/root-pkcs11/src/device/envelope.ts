import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { encodeHead, type SlotHead } from '../slot/slot-record.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals bytes under a key that a token wraps, for mechanisms that bind no context. The key is used once.
 */
export function sealInEnvelope(
  key: Buffer,
  secret: Buffer,
  head: SlotHead,
  context: Uint8Array,
): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([encodeHead(head), context]));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]);
}

/** The bytes; `null` when this is not what was sealed. */
export function openEnvelope(
  key: Buffer,
  sealed: Uint8Array,
  head: SlotHead,
  context: Uint8Array,
): Buffer | null {
  if (sealed.length < IV_BYTES + TAG_BYTES) return null;
  const end = sealed.length - TAG_BYTES;
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([encodeHead(head), context]));
  decipher.setAuthTag(sealed.subarray(end));
  const opened = decipher.update(sealed.subarray(IV_BYTES, end));
  try {
    decipher.final();
    return opened;
  } catch {
    opened.fill(0);
    return null;
  }
}
