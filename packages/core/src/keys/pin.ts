import { textCodec } from '#text-codec';
import { equalBytes } from '../bytes/equal.ts';
import type { Engine } from '../cipher/engine.ts';
import { deriveKey } from './derive.ts';

const PREFIX = 'fsp1.';
const PIN_BYTES = 20;
const utf8 = new TextEncoder();

/** Public name of a store key (FORMAT.md section 5): `fsp1.` and 27 characters. */
export function pinOf(engine: Engine, storeKey: Uint8Array): string {
  const commitment = deriveKey(engine, 'store-key', storeKey, { use: 'pin' });
  return PREFIX + textCodec.toBase64url(commitment, 0, PIN_BYTES);
}

/** Compares without telling by its time how much of a guess was right. */
export function samePin(a: string, b: string): boolean {
  return equalBytes(utf8.encode(a), utf8.encode(b));
}
