import type { SealedRoot, SlotContext } from '@fieldseal/core';
import { expect } from 'vitest';

export const CONTEXT: SlotContext = {
  slotId: '0190f1c2-0000-7000-8000-000000000001',
  environment: 'test',
  rootGeneration: 1,
  commitment: new Uint8Array(32).fill(5),
};

export const ROOT_KEY: Uint8Array = new Uint8Array(32).map((_, i) => 0x40 + i);

export const code = (name: string, reason?: string) =>
  expect.objectContaining({
    code: name,
    ...(reason === undefined ? {} : { meta: expect.objectContaining({ reason }) }),
  });

/** The slot with one bit turned in one of its bytes. */
export function turned({ mechanism, sealed }: SealedRoot, at: number): SealedRoot {
  const bytes = new Uint8Array(sealed);
  bytes[at] = (bytes[at] as number) ^ 1;
  return { mechanism, sealed: bytes };
}
