import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { arbitraryValue, VALUE_TYPES } from './arbitrary-value.fake.ts';
import { parsePlainText, plainTextOf, startsAsCell } from './plain-text.ts';
import type { ValueType } from './value-type.ts';

describe('plaintext of a value', () => {
  test.each(VALUE_TYPES)('of type %s is read as the same value', (type) => {
    fc.assert(
      fc.property(arbitraryValue(type), (value) => {
        expect(parsePlainText(type, plainTextOf(type, value))).toEqual(value);
      }),
    );
  });

  it.each<[ValueType, unknown, string]>([
    ['string', ' A ', ' A '],
    ['int', -7, '-7'],
    ['bigint', 2n ** 70n, '1180591620717411303424'],
    ['decimal', '1.50', '1.50'],
    ['double', -0, '-0'],
    ['boolean', false, 'false'],
    ['date', new Date('1990-05-17T00:00:00.000Z'), '1990-05-17'],
    ['timestamp', new Date('1990-05-17T04:05:06.007Z'), '1990-05-17T04:05:06.007Z'],
    ['json', { a: [1] }, '{"a":[1]}'],
    ['bytes', Uint8Array.of(0, 255), '\\x00ff'],
  ])('%s: is what people write', (type, value, text) => {
    expect(plainTextOf(type, value)).toBe(text);
  });

  it('is refused for a value of another type', () => {
    expect(() => plainTextOf('int', '7')).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_TYPE' }),
    );
  });
});

describe('text that is no value of its type', () => {
  it.each<[ValueType, string]>([
    ['string', '\ud800'],
    ['int', '7 kg'],
    ['int', ''],
    ['int', '1.0'],
    ['int', '9007199254740993'],
    ['bigint', '0x10'],
    ['decimal', '1,5'],
    ['double', 'one'],
    ['double', ''],
    ['boolean', 'yes'],
    ['date', '17/05/1990'],
    ['date', '1990-02-30'],
    ['date', '1990-05-17T10:00:00Z'],
    ['timestamp', '1990-05-17 10:00:00'],
    ['timestamp', '1990-05-17T10:00:00'],
    ['json', '{a:1}'],
    ['bytes', '\\x0'],
    ['bytes', '00ff'],
  ])('%s: %j', (type, text) => {
    expect(parsePlainText(type, text)).toBeUndefined();
  });

  it('is told by its start from a cell', () => {
    expect([startsAsCell('fs1.'), startsAsCell('FS1.'), startsAsCell(' fs1.')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
