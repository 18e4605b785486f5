import { FieldsealError } from '../errors/fieldseal-error.ts';

/** `undefined` leaves the pair out, which is not the same as an empty value. */
export type ContextPairs = Readonly<Record<string, string | Uint8Array | undefined>>;

const utf8 = new TextEncoder();

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * `ctx{...}` of FORMAT.md section 1: number of pairs, then the pairs sorted by the UTF-8 bytes of
 * their keys, each part behind its length. Without lengths `{a: "bc"}` would equal `{ab: "c"}`.
 *
 * @throws `ERR_CONFIG_INVALID` for a key of 0 or more than 255 bytes, a value of more than 65,535, or
 * text with a lone surrogate, which UTF-8 cannot tell from another one.
 */
export function encodeContext(pairs: ContextPairs): Uint8Array {
  const encoded: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
  let length = 2;
  for (const [name, raw] of Object.entries(pairs)) {
    if (raw === undefined) continue;
    if (typeof raw === 'string' && !raw.isWellFormed()) {
      throw new FieldsealError('ERR_CONFIG_INVALID', 'A context value is not well-formed text');
    }
    const key = utf8.encode(name);
    const value = typeof raw === 'string' ? utf8.encode(raw) : raw;
    if (key.length === 0 || key.length > 255 || value.length > 65_535) {
      throw new FieldsealError('ERR_CONFIG_INVALID', 'A context pair is too long or has no key');
    }
    encoded.push({ key, value });
    length += 4 + key.length + value.length;
  }
  if (encoded.length > 65_535) {
    throw new FieldsealError('ERR_CONFIG_INVALID', 'A context has too many pairs');
  }
  encoded.sort((a, b) => compareBytes(a.key, b.key));
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, encoded.length);
  let offset = 2;
  for (const { key, value } of encoded) {
    for (const part of [key, value]) {
      view.setUint16(offset, part.length);
      bytes.set(part, offset + 2);
      offset += 2 + part.length;
    }
  }
  return bytes;
}
