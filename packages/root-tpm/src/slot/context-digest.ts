import type { SlotContext } from '@fieldseal/core';
import { sha256, sized, u32 } from '../marshalling/tpm-bytes.ts';

const LABEL = Buffer.from('fieldseal/tpm-slot/1\0', 'latin1');
const utf8 = (text: string): Buffer => sized(Buffer.from(text, 'utf8'));

/** What a slot belongs to, in 32 bytes that are sealed together with the root key. */
export function contextDigest(context: SlotContext): Buffer {
  const { slotId, environment, rootGeneration, commitment } = context;
  const names = [utf8(slotId), utf8(environment)];
  return sha256(LABEL, ...names, u32(rootGeneration), sized(commitment));
}
