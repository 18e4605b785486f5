import { concatBytes } from '../bytes/concat.ts';
import { type ContextPairs, encodeContext } from '../bytes/context.ts';
import { u32 } from '../bytes/integer.ts';
import type { Engine, RandomSource } from '../cipher/engine.ts';

/**
 * `0xF6 | 0x01 | parent id [16] | parent version u32 | nonce [24] | ciphertext [32] | tag [16]`
 * (FORMAT.md section 4).
 */
const HEAD = Uint8Array.of(0xf6, 0x01);
const HEAD_BYTES = 22;
const NONCE_BYTES = 24;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** Length of every wrap. */
export const WRAP_BYTES: number = HEAD_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** Under what a key is wrapped, and what it is. */
interface WrapPlace {
  readonly engine: Engine;
  /** 32 bytes: `use: "wrap"` of the parent. */
  readonly wrappingKey: Uint8Array;
  /** 16 bytes. */
  readonly parentId: Uint8Array;
  readonly parentVersion: number;
  /** What the key is, whose it is and what it belongs to, from the one who asks. */
  readonly context: ContextPairs;
}

/** Wraps a 32-byte key: XAES-256-GCM with a nonce of its own. */
export function wrapKey(
  options: WrapPlace & { readonly random: RandomSource; readonly key: Uint8Array },
): Uint8Array {
  const { engine, random, wrappingKey, parentId, parentVersion, context, key } = options;
  const head = concatBytes(HEAD, parentId, u32(parentVersion));
  const nonce = new Uint8Array(NONCE_BYTES);
  random.fill(nonce);
  const sealed = new Uint8Array(KEY_BYTES + TAG_BYTES);
  const aead = engine.aead(1, wrappingKey);
  try {
    aead.seal(nonce, concatBytes(head, encodeContext(context)), key, sealed);
  } finally {
    aead.destroy();
  }
  return concatBytes(head, nonce, sealed);
}

/**
 * Unwraps a 32-byte key. The caller compares its commitment with the one that was asked for.
 * @returns `null` when the wrap is malformed, altered, of another parent or of another context.
 */
export function unwrapKey(
  options: WrapPlace & { readonly wrapped: Uint8Array },
): Uint8Array | null {
  const { engine, wrappingKey, parentId, parentVersion, context, wrapped } = options;
  if (wrapped.length !== WRAP_BYTES) return null;
  const head = concatBytes(HEAD, parentId, u32(parentVersion));
  for (const [i, byte] of head.entries()) if (wrapped[i] !== byte) return null;
  const nonce = wrapped.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
  const sealed = wrapped.subarray(HEAD_BYTES + NONCE_BYTES);
  const key = new Uint8Array(KEY_BYTES);
  const aead = engine.aead(1, wrappingKey);
  try {
    const opened = aead.open(nonce, concatBytes(head, encodeContext(context)), sealed, key);
    return opened ? key : null;
  } finally {
    aead.destroy();
  }
}

/** The version of the parent that a wrap says it is under; `undefined` for what is no wrap. */
export function wrapParentVersion(wrapped: Uint8Array): number | undefined {
  if (wrapped.length !== WRAP_BYTES || HEAD.some((byte, i) => wrapped[i] !== byte))
    return undefined;
  return new DataView(wrapped.buffer, wrapped.byteOffset).getUint32(HEAD_BYTES - 4);
}
