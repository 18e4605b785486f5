import { concatBytes } from '../bytes/concat.ts';
import { type ContextPairs, encodeContext } from '../bytes/context.ts';
import type { Engine } from '../cipher/engine.ts';

/** Kinds of stored 32-byte keys (FORMAT.md section 2). */
export type KeyKind = 'root-key' | 'store-key' | 'key-version' | 'data-key' | 'index-key';

const utf8 = new TextEncoder();

/**
 * Derives from a stored key: HKDF-SHA-256 (RFC 5869) with salt `fieldseal/1/<kind>` and the
 * context as info. No stored key is ever used directly.
 *
 * @param length - 1 to 32 bytes: one block of HKDF-Expand.
 */
export function deriveKey(
  engine: Engine,
  kind: KeyKind,
  key: Uint8Array,
  info: ContextPairs,
  length: 16 | 32 = 32,
): Uint8Array {
  const prk = engine.hmac(utf8.encode(`fieldseal/1/${kind}`), key);
  const block = engine.hmac(prk, concatBytes(encodeContext(info), Uint8Array.of(1)));
  prk.fill(0);
  if (length === 32) return block;
  // not slice(): a Buffer's shares its memory
  const derived = new Uint8Array(block.subarray(0, length));
  block.fill(0);
  return derived;
}
