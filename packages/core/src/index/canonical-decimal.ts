import { FieldsealError } from '../errors/fieldseal-error.ts';

/** As many digits as numeric of Postgres has before the point, and as many behind it. */
const MAX_DIGITS = 131_072;
const PARTS = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/**
 * One text for one number: no exponent, no plus, no zeros that do not count, no negative zero, so
 * that `1.50`, `+1.5` and `15e-1` have one token.
 *
 * @param text - A decimal number that `encodeValue` takes.
 * @throws `ERR_VALUE_TYPE` for an exponent that would give more than 131,072 digits.
 */
export function canonicalDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = stripZerosAtEnd(digits);
  // where the point stands, counted from the first digit that is not zero
  const point = whole.length + Number(exponent) - (whole.length + fraction.length - digits.length);
  if (Math.abs(point) > MAX_DIGITS) {
    const message = `The decimal number has more than ${MAX_DIGITS} digits`;
    throw new FieldsealError('ERR_VALUE_TYPE', message);
  }
  const minus = sign === '-' ? '-' : '';
  if (point <= 0) return `${minus}0.${'0'.repeat(-point)}${significant}`;
  if (point >= significant.length) return minus + significant.padEnd(point, '0');
  return `${minus}${significant.slice(0, point)}.${significant.slice(point)}`;
}

function stripZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (digits.charAt(end - 1) === '0') end -= 1;
  return digits.slice(0, end);
}
