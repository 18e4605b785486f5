import { base64urlBytes, hasZeroTrailingBits, type TextCodec } from './text-codec.ts';

/**
 * The methods behind `buffer.write(text, encoding)` and `buffer.toString(encoding)`: half of the
 * time of a short cell would go into choosing the encoding by its name.
 */
interface FastBuffer extends Buffer {
  utf8Write(text: string, offset: number): number;
  utf8Slice(start: number, end: number): string;
  base64urlWrite(text: string, offset: number): number;
  base64urlSlice(start: number, end: number): string;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Only the decoder that replaces malformed bytes writes this, and texts that hold it already. */
const REPLACEMENT = '\ufffd';

function readStrictly(source: Uint8Array): string | undefined {
  try {
    return strict.decode(source);
  } catch {
    return undefined;
  }
}

function fast(bytes: Uint8Array): FastBuffer {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer as FastBuffer;
}

/** Text codec over Buffer. */
export const textCodec: TextCodec = {
  // not from the pool, whose memory is shared with unrelated buffers
  allocate: (length) => Buffer.alloc(length),
  utf8Length: (text) => Buffer.byteLength(text),
  writeUtf8: (target, text, offset) => fast(target).utf8Write(text, offset),
  readUtf8(source, start, end) {
    const text = fast(source).utf8Slice(start, end);
    return text.includes(REPLACEMENT) ? readStrictly(source.subarray(start, end)) : text;
  },
  toBase64url: (source, start, end) => fast(source).base64urlSlice(start, end),
  fromBase64url(text, target) {
    // Buffer skips what it does not know, takes the other base64 alphabet and looks at the lower
    // byte of wide characters only: each would give one cell several texts.
    if (Buffer.byteLength(text) !== text.length) return -1;
    if (text.includes('+') || text.includes('/') || !hasZeroTrailingBits(text)) return -1;
    const expected = base64urlBytes(text.length);
    if (expected > target.length) return -1;
    return fast(target).base64urlWrite(text, 0) === expected ? expected : -1;
  },
};
