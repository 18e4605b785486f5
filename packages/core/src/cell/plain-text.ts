import { TEXT_PREFIX } from './cell-layout.ts';
import { encodeValue } from './encode-value.ts';
import { parseDate, parseTimestamp } from './parse-date.ts';
import type { ValueType } from './value-type.ts';

const WHOLE = /^[+-]?\d{1,400}$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,9})?$/i;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const HEX = /^\\x(?:[0-9a-f]{2})*$/i;
const DAY_MS = 86_400_000;

/** Whether a text says of itself that it is a cell. Plaintext that starts so cannot be told apart. */
export function startsAsCell(text: string): boolean {
  return text.startsWith(TEXT_PREFIX);
}

/**
 * Reads plaintext in a text column as a value of the field's type.
 *
 * @returns `undefined` when the text is no such value; nothing of it is guessed or cut off.
 *
 * @example
 * ```ts
 * import { parsePlainText } from '@fieldseal/core';
 *
 * parsePlainText('int', '42'); // 42
 * parsePlainText('int', '42 kg'); // undefined
 * ```
 */
export function parsePlainText(type: ValueType, text: string): unknown {
  switch (type) {
    case 'string':
      return text.isWellFormed() ? text : undefined;
    case 'int':
      return safeInteger(text);
    case 'bigint':
      return WHOLE.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
    case 'decimal':
      return DECIMAL.test(text) ? text : undefined;
    case 'double':
      return parseDouble(text);
    case 'boolean':
      return BOOLEANS.get(text);
    case 'date':
      return asDate(parseDate(text), DAY_MS);
    case 'timestamp':
      return asDate(parseTimestamp(text), 1);
    case 'json':
      return parseJson(text);
    case 'bytes':
      return HEX.test(text) ? bytesOfHex(text.slice(2)) : undefined;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['false', false],
  ['f', false],
]);

function safeInteger(text: string): number | undefined {
  const value = WHOLE.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** `NaN` and `Infinity` as PostgreSQL spells them too. */
function parseDouble(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  return text === 'NaN' || text === 'Infinity' || text === '-Infinity' ? Number(text) : undefined;
}

function asDate(value: number | undefined, unitMs: number): Date | undefined {
  return value === undefined ? undefined : new Date(value * unitMs);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

function hexOfBytes(bytes: Uint8Array): string {
  let hex = '\\x';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/**
 * The plaintext that stands for a value in a text column: what {@link parsePlainText} reads again.
 * @throws `ERR_VALUE_TYPE` for a value that is not of the type
 */
export function plainTextOf(type: ValueType, value: unknown): string {
  const encoded = encodeValue(type, value);
  switch (type) {
    case 'date':
      return isoDay(parseDate(value) as number);
    case 'timestamp':
      return new Date(parseTimestamp(value) as number).toISOString();
    case 'json':
      return JSON.stringify(value);
    case 'bytes':
      return hexOfBytes(value as Uint8Array);
    case 'decimal':
      return new TextDecoder().decode(encoded.subarray(1));
    default:
      return Object.is(value, -0) && type === 'double' ? '-0' : String(value);
  }
}

/** Years of more than four digits are read with a time only. */
function isoDay(days: number): string {
  const text = new Date(days * DAY_MS).toISOString();
  const [day = ''] = text.split('T');
  return day.length === 10 ? day : text;
}
