import { concatBytes } from '../bytes/concat.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { parseDate, parseTimestamp } from './parse-date.ts';
import { VALUE_TAG } from './value-tag.ts';
import type { ValueType } from './value-type.ts';

const utf8 = new TextEncoder();
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,9})?$/i;
const MAX_DECIMAL_CHARACTERS = 131_072;

function refuse(message: string): FieldsealError {
  return new FieldsealError('ERR_VALUE_TYPE', message);
}

function encodeString(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw refuse('Must be a string');
  if (!value.isWellFormed()) throw refuse('The string has a lone surrogate');
  return utf8.encode(value);
}

function encodeI64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}

function encodeInt(value: unknown): Uint8Array {
  if (!Number.isSafeInteger(value)) throw refuse('Must be a whole number within 2^53 - 1');
  return encodeI64(BigInt(value as number));
}

/** Two's complement in as few bytes as keep the sign; zero is one byte. */
function encodeBigint(value: unknown): Uint8Array {
  if (typeof value !== 'bigint') throw refuse('Must be a bigint');
  // of a negative number the bits that matter are those of its complement
  const magnitude = value < 0n ? -value - 1n : value;
  const length = magnitude === 0n ? 1 : Math.floor(magnitude.toString(2).length / 8) + 1;
  const hex = BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, '0');
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Decimal classes (decimal.js, big.js, bignumber.js) all have `toFixed`: plain notation. */
function decimalText(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || !('toFixed' in value)) return value;
  return typeof value.toFixed === 'function' ? value.toFixed() : value;
}

function encodeDecimal(value: unknown): Uint8Array {
  const text = decimalText(value);
  if (typeof text !== 'string' || text.length > MAX_DECIMAL_CHARACTERS || !DECIMAL.test(text)) {
    throw refuse('Must be a decimal number, as text, number or Decimal');
  }
  return utf8.encode(text);
}

function encodeDouble(value: unknown): Uint8Array {
  if (typeof value !== 'number') throw refuse('Must be a number');
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  // one NaN out of 2^53: the payload would be a covert channel and break equality
  if (Number.isNaN(value)) view.setBigUint64(0, 0x7ff8_0000_0000_0000n);
  else view.setFloat64(0, value);
  return bytes;
}

function encodeBoolean(value: unknown): Uint8Array {
  if (typeof value !== 'boolean') throw refuse('Must be true or false');
  return Uint8Array.of(value ? 1 : 0);
}

function encodeDate(value: unknown): Uint8Array {
  const days = parseDate(value);
  if (days === undefined) throw refuse('Must be a date without time: midnight UTC, or YYYY-MM-DD');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, days);
  return bytes;
}

function encodeTimestamp(value: unknown): Uint8Array {
  const milliseconds = parseTimestamp(value);
  if (milliseconds === undefined)
    throw refuse('Must be a Date, or a time in ISO 8601 with its zone');
  return encodeI64(BigInt(milliseconds));
}

function encodeJson(value: unknown): Uint8Array {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // the error would quote property names
  }
  if (text === undefined) throw refuse('Must be a JSON value');
  return utf8.encode(text);
}

function encodeBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw refuse('Must be a Uint8Array');
  return value;
}

const ENCODERS: Readonly<Record<ValueType, (value: unknown) => Uint8Array>> = {
  string: encodeString,
  bytes: encodeBytes,
  int: encodeInt,
  bigint: encodeBigint,
  decimal: encodeDecimal,
  double: encodeDouble,
  boolean: encodeBoolean,
  date: encodeDate,
  timestamp: encodeTimestamp,
  json: encodeJson,
};

/**
 * Type tag and value in the encoding of FORMAT.md section 3, without end and padding: the body of a
 * cell's plaintext and the input of tokens.
 *
 * @throws `ERR_VALUE_TYPE` for a value that is not of the type. The message never quotes it.
 *
 * @example
 * ```ts
 * encodeValue('boolean', true); // Uint8Array [7, 1]
 * ```
 */
export function encodeValue(type: ValueType, value: unknown): Uint8Array {
  return concatBytes(Uint8Array.of(VALUE_TAG[type]), ENCODERS[type](value));
}
