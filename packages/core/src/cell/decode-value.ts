import { textCodec } from '#text-codec';
import { END_OF_VALUE } from './padding.ts';
import { VALUE_TAG, VARIABLE_LENGTH } from './value-tag.ts';
import type { ValueType } from './value-type.ts';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const DAY_MS = 86_400_000;
const MAX_DATE_MS = 8_640_000_000_000_000;

function view(source: Uint8Array, start: number): DataView {
  return new DataView(source.buffer, source.byteOffset + start);
}

function decodeInt(source: Uint8Array, start: number): number | undefined {
  const value = view(source, start).getBigInt64(0);
  return value > MAX_SAFE || value < -MAX_SAFE ? undefined : Number(value);
}

function decodeBigint(source: Uint8Array, start: number, end: number): bigint | undefined {
  const length = end - start;
  if (length === 0) return undefined;
  const first = source[start] as number;
  // one encoding for each number: the first byte says more than the sign of the second
  const second = source[start + 1];
  if (second !== undefined && length > 1) {
    if (first === 0x00 && second < 0x80) return undefined;
    if (first === 0xff && second >= 0x80) return undefined;
  }
  let hex = '0x';
  for (let i = start; i < end; i++) hex += (source[i] as number).toString(16).padStart(2, '0');
  return BigInt.asIntN(8 * length, BigInt(hex));
}

function decodeDate(milliseconds: number): Date | undefined {
  return Math.abs(milliseconds) > MAX_DATE_MS ? undefined : new Date(milliseconds);
}

function decodeJson(source: Uint8Array, start: number, end: number): unknown {
  const text = textCodec.readUtf8(source, start, end);
  if (text === undefined) return undefined;
  try {
    // own properties only: a "__proto__" in the text becomes a plain property of that name
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Exact value bytes of the types without an end mark. */
const FIXED_LENGTH: Partial<Record<ValueType, number>> = {
  int: 8,
  double: 8,
  boolean: 1,
  date: 4,
  timestamp: 8,
};

function decodeFixed(type: ValueType, source: Uint8Array, start: number): unknown {
  switch (type) {
    case 'int':
      return decodeInt(source, start);
    case 'double':
      return view(source, start).getFloat64(0);
    case 'boolean': {
      const byte = source[start] as number;
      return byte > 1 ? undefined : byte === 1;
    }
    case 'date':
      return decodeDate(view(source, start).getInt32(0) * DAY_MS);
    case 'timestamp':
      return decodeDate(Number(view(source, start).getBigInt64(0)));
    default:
      return undefined;
  }
}

function decodeVariable(type: ValueType, source: Uint8Array, start: number, end: number): unknown {
  switch (type) {
    case 'string':
    case 'decimal':
      return textCodec.readUtf8(source, start, end);
    case 'bytes':
      // a copy: the source is wiped and used again
      return new Uint8Array(source.subarray(start, end));
    case 'bigint':
      return decodeBigint(source, start, end);
    case 'json':
      return decodeJson(source, start, end);
    default:
      return undefined;
  }
}

/**
 * Reads a plaintext (FORMAT.md section 3).
 *
 * @param source - Starts with the tag.
 * @param length - Bytes of tag, value, end and padding.
 * @returns `undefined` when this is not exactly a value of the type.
 */
export function decodeValue(type: ValueType, source: Uint8Array, length: number): unknown {
  if (length < 2 || source[0] !== VALUE_TAG[type]) return undefined;
  if (!VARIABLE_LENGTH[type]) {
    return length === 1 + (FIXED_LENGTH[type] ?? -1) ? decodeFixed(type, source, 1) : undefined;
  }
  let end = length - 1;
  while (end > 0 && source[end] === 0) end -= 1;
  if (end < 1 || source[end] !== END_OF_VALUE) return undefined;
  return decodeVariable(type, source, 1, end);
}
