import type { SealedRoot, SlotContext } from '@fieldseal/core';

export const randomBytes = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length));

/** A root key, and what its slot belongs to. */
export interface SlotSample {
  readonly rootKey: Uint8Array;
  readonly context: SlotContext;
}

export function slotSample(): SlotSample {
  return {
    rootKey: randomBytes(32),
    context: {
      slotId: crypto.randomUUID(),
      environment: 'conformance',
      rootGeneration: 1,
      commitment: randomBytes(32),
    },
  };
}

/** The same slot with one thing changed that it belongs to. */
export function otherContexts(context: SlotContext): ReadonlyMap<string, SlotContext> {
  const commitment = new Uint8Array(context.commitment);
  commitment[31] = (commitment[31] ?? 0) ^ 1;
  return new Map([
    ['slot', { ...context, slotId: crypto.randomUUID() }],
    ['environment', { ...context, environment: 'conformance2' }],
    ['generation', { ...context, rootGeneration: 2 }],
    ['commitment', { ...context, commitment }],
  ]);
}

const PLACES = 48;

/** Slots of which one byte, or the length, was changed; a place in every part of the bytes. */
export function alteredSlots({ mechanism, sealed }: SealedRoot): ReadonlyMap<string, SealedRoot> {
  const altered = new Map<string, SealedRoot>([
    ['nothing left', { mechanism, sealed: new Uint8Array() }],
    ['the last byte gone', { mechanism, sealed: sealed.slice(0, -1) }],
    ['a byte more', { mechanism, sealed: Uint8Array.of(...sealed, 0) }],
  ]);
  const step = Math.max(1, Math.floor(sealed.length / PLACES));
  for (let place = 0; place < sealed.length; place += step) {
    const bytes = new Uint8Array(sealed);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (place % 8));
    altered.set(`byte ${place} changed`, { mechanism, sealed: bytes });
  }
  return altered;
}
