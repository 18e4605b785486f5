import { base64urlBytes, hasZeroTrailingBits, type TextCodec } from './text-codec.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const SEXTETS = new Map([...ALPHABET].map((character, value) => [character, value]));

/** Text codec of the language alone. */
export const textCodec: TextCodec = {
  allocate: (length) => new Uint8Array(length),
  utf8Length: (text) => utf8.encode(text).length,
  writeUtf8: (target, text, offset) => utf8.encodeInto(text, target.subarray(offset)).written,
  readUtf8(source, start, end) {
    try {
      return strict.decode(source.subarray(start, end));
    } catch {
      return undefined;
    }
  },
  toBase64url(source, start, end) {
    let text = '';
    for (let i = start; i < end; i += 3) {
      const left = Math.min(3, end - i);
      const bits =
        ((source[i] as number) << 16) |
        ((left > 1 ? (source[i + 1] as number) : 0) << 8) |
        (left > 2 ? (source[i + 2] as number) : 0);
      for (let k = 0; k <= left; k++) text += ALPHABET.charAt((bits >> (18 - 6 * k)) & 63);
    }
    return text;
  },
  fromBase64url(text, target) {
    const expected = base64urlBytes(text.length);
    if (expected < 0 || expected > target.length || !hasZeroTrailingBits(text)) return -1;
    let bits = 0;
    let pending = 0;
    let offset = 0;
    for (const character of text) {
      const sextet = SEXTETS.get(character);
      if (sextet === undefined) return -1;
      bits = ((bits << 6) | sextet) & 0xffff;
      pending += 6;
      if (pending >= 8) {
        pending -= 8;
        target[offset++] = (bits >> pending) & 0xff;
      }
    }
    return expected;
  },
};
