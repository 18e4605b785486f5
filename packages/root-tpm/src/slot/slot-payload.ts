import { timingSafeEqual } from 'node:crypto';
import type { SlotContext } from '@fieldseal/core';
import { join } from '../marshalling/tpm-bytes.ts';
import { contextDigest } from './context-digest.ts';

const ROOT_KEY_BYTES = 32;

/** What the TPM seals: the root key, and what the slot belongs to. */
export function slotPayload(rootKey: Uint8Array, context: SlotContext): Buffer {
  return join(rootKey, contextDigest(context));
}

/** The root key of a payload; `null` when it was sealed for another slot. Wipes the payload. */
export function rootKeyOf(payload: Buffer, context: SlotContext): Uint8Array | null {
  const expected = contextDigest(context);
  try {
    const belongs = payload.subarray(ROOT_KEY_BYTES);
    const isWhole = payload.length === ROOT_KEY_BYTES + expected.length;
    if (!isWhole || !timingSafeEqual(belongs, expected)) return null;
    return new Uint8Array(payload.subarray(0, ROOT_KEY_BYTES));
  } finally {
    payload.fill(0);
  }
}
