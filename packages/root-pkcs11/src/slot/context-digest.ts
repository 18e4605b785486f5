import { createHash } from 'node:crypto';
import type { SlotContext } from '@fieldseal/core';

const LABEL = 'fieldseal/pkcs11-slot/1\0';

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function sized(bytes: Uint8Array): Buffer {
  return Buffer.concat([u32(bytes.length), bytes]);
}

/** What a slot belongs to, in 32 bytes: some tokens take only short additional data. */
export function contextDigest(context: SlotContext): Uint8Array {
  const { slotId, environment, rootGeneration, commitment } = context;
  const hash = createHash('sha256').update(LABEL, 'latin1');
  for (const text of [slotId, environment]) hash.update(sized(Buffer.from(text, 'utf8')));
  return new Uint8Array(hash.update(u32(rootGeneration)).update(sized(commitment)).digest());
}
