import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDecimal } from './canonical-decimal.ts';

describe('a canonical decimal', () => {
  it.each([
    ['0', '0'],
    ['-0.000', '0'],
    ['+00.0e5', '0'],
    ['1e3', '1000'],
    ['1.500', '1.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['-00012.3400', '-12.34'],
    ['123e-5', '0.00123'],
    ['0.00123e2', '0.123'],
    ['0.00123E+3', '1.23'],
    ['1200', '1200'],
    ['12.5e1', '125'],
    ['9007199254740993.10', '9007199254740993.1'],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalDecimal(text)).toBe(expected);
  });

  it('is one text for one number, however it is written', () => {
    const parts = fc.tuple(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.nat(40),
      fc.nat(20),
    );
    fc.assert(
      fc.property(parts, ([digits, scale, zeros]) => {
        const plain = canonicalDecimal(`${digits}e-${scale}`);
        expect(canonicalDecimal(`${digits}${'0'.repeat(zeros)}e-${scale + zeros}`)).toBe(plain);
        expect(canonicalDecimal(plain)).toBe(plain);
        expect(plain).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/);
        // the same number again: digits = plain * 10^scale
        const [whole = '', fraction = ''] = plain.split('.');
        expect(BigInt(whole + fraction.padEnd(scale, '0'))).toBe(digits);
      }),
    );
  });

  it.each(['1e131073', '1e-131074', '1e999999999', '-1e-999999999'])(
    'of %s is refused before its digits are written',
    (text) => {
      expect(() => canonicalDecimal(text)).toThrow(
        expect.objectContaining({ code: 'ERR_VALUE_TYPE' }),
      );
    },
  );
});
