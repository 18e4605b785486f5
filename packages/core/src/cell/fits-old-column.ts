import { parsePlainText } from './plain-text.ts';

/** An old column as far as it decides what it can hold. */
export interface OldColumnLimits {
  readonly type: string;
  readonly limit?: number;
}

const INTEGER_BITS: ReadonlyMap<string, bigint> = new Map([
  ['int2', 16n],
  ['int4', 32n],
  ['int8', 64n],
]);
/** As PostgreSQL prints it: another spelling would not come back. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FRACTION = /^[+-]?\d*\.?(\d*)(?:e([+-]?\d+))?$/i;
const MAX_FRACTION_DIGITS = 16_383;
const MAX_WHOLE_DIGITS = 131_072;
/** Years that PostgreSQL, JavaScript and ISO 8601 spell alike. */
const COMMON_YEAR = /^(?!0000)\d{4}-/;

/**
 * Whether a column of the database gives back exactly the plaintext that it was given. What it does
 * not is refused before anything is sent: PostgreSQL would round it, or quote it in an error.
 *
 * @param text - Plaintext, as `plainTextOf` writes it.
 */
export function fitsOldColumn({ type, limit }: OldColumnLimits, text: string): boolean {
  switch (type) {
    case 'int2':
    case 'int4':
    case 'int8': {
      const half = 1n << ((INTEGER_BITS.get(type) ?? 64n) - 1n);
      const value = BigInt(text);
      return value >= -half && value < half;
    }
    case 'uuid':
      return UUID.test(text);
    case 'text':
    case 'varchar':
      return !text.includes('\0') && (limit === undefined || [...text].length <= limit);
    case 'numeric':
      return fitsNumeric(text, limit ?? MAX_FRACTION_DIGITS);
    case 'date':
      return COMMON_YEAR.test(text);
    case 'timestamp':
    case 'timestamptz':
      return COMMON_YEAR.test(text) && fitsSecond(text, limit ?? 3);
    case 'json':
    case 'jsonb':
      return text !== 'null' && !hasForeignEscape(text) && isExactJson(text);
    default:
      return true;
  }
}

function fitsNumeric(text: string, limit: number): boolean {
  const [, fraction = '', exponent = '0'] = FRACTION.exec(text) ?? [];
  const digits = fraction.replace(/0+$/, '').length - Number(exponent);
  return digits <= limit && Number(exponent) + text.length <= MAX_WHOLE_DIGITS;
}

function fitsSecond(text: string, digits: number): boolean {
  if (digits >= 3) return true;
  return Date.parse(text) % 10 ** (3 - digits) === 0;
}

/** The character zero, and halves of a character that stand alone: PostgreSQL refuses both. */
function hasForeignEscape(json: string): boolean {
  for (const [, code] of json.matchAll(/\\(?:u([0-9a-f]{4})|.)/gis)) {
    if (code !== undefined && /^(?:0000|d[89a-f]..)$/i.test(code)) return true;
  }
  return false;
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whether every number of a document is one of JavaScript's: another one would come out changed. */
export function isExactJson(text: string): boolean {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.startsWith('"')) continue;
    const value = Number(token);
    if (!Number.isFinite(value) || significant(token) !== significant(String(value))) return false;
  }
  return true;
}

/** Digits that count and the place of the point, so that `1.50`, `15e-1` and `1.5` are the same. */
function significant(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  const power = Number(exponent) - fraction.length + (all.length - digits.length);
  return `${sign}${digits}e${power}`;
}

/** Whether the text of an old column is exactly a value of the type, with nothing lost. */
export function isExactPlainText(
  type: Parameters<typeof parsePlainText>[0],
  text: string,
): boolean {
  const value = parsePlainText(type, text);
  if (value === undefined || value === null) return false;
  return type !== 'json' || isExactJson(text);
}
