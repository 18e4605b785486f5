import type { ColumnType, ColumnValue } from '@fieldseal/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromText, toParameter } from './column-codec.ts';

const place = (type: ColumnType) => ({ table: 'key', column: 'some', type });

/** What `::text` and `encode(..., 'hex')` make of a parameter. */
function stored(type: ColumnType, parameter: string | null): string | null {
  return type === 'bytes' && parameter !== null ? parameter.slice(2) : parameter;
}

const VALUES: Readonly<Record<ColumnType, fc.Arbitrary<ColumnValue>>> = {
  text: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  uuid: fc.uuid(),
  int: fc.integer(),
  bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  boolean: fc.boolean(),
  bytes: fc.uint8Array(),
};

describe('columns of the key store', () => {
  it.each(Object.keys(VALUES) as ColumnType[])('any %s is read back as it was written', (type) => {
    fc.assert(
      fc.property(fc.option(VALUES[type]), (value) => {
        expect(fromText(type, stored(type, toParameter(place(type), value)))).toEqual(value);
      }),
    );
  });

  it.each<[string, ColumnType, unknown]>([
    ['text with U+0000', 'text', 'a\0b'],
    ['text with half a pair', 'text', 'a\ud83d'],
    ['a number as text', 'text', 7],
    ['an upper-case uuid', 'uuid', '6F1B1F0E-6F0A-4E0C-9D55-1D2F3C4B5A69'],
    ['a uuid without hyphens', 'uuid', '6f1b1f0e6f0a4e0c9d551d2f3c4b5a69'],
    ['2^31', 'int', 2 ** 31],
    ['half', 'int', 0.5],
    ['a bigint as int', 'int', 1n],
    ['2^63', 'bigint', 2n ** 63n],
    ['a number as bigint', 'bigint', 1],
    ['a number as timestamp', 'timestamp', 1],
    ['1 as boolean', 'boolean', 1],
    ['text as bytes', 'bytes', 'ab'],
    ['undefined', 'text', undefined],
  ])(
    '%s is refused with ERR_VALUE_TYPE, which names the column and not the value',
    (_, type, value) => {
      expect(() => toParameter(place(type), value as ColumnValue)).toThrow(
        expect.objectContaining({ code: 'ERR_VALUE_TYPE', meta: { table: 'key', column: 'some' } }),
      );
    },
  );

  it.each<[ColumnType, string]>([
    ['bytes', 'abc'],
    ['bytes', '\\x00'],
    ['int', '1.5'],
    ['bigint', '12345678901234567890'],
    ['boolean', 't'],
    ['timestamp', '2026-11-24'],
  ])(
    'a column of another type, read as %s from %s, is refused with ERR_STORE_SCHEMA',
    (type, text) => {
      expect(() => fromText(type, text)).toThrow(
        expect.objectContaining({ code: 'ERR_STORE_SCHEMA' }),
      );
    },
  );

  it('bytes do not share memory with other Buffers', () => {
    const bytes = fromText('bytes', '0102');
    expect(bytes).toBeInstanceOf(Uint8Array);
    expect((bytes as Uint8Array).buffer.byteLength).toBe(2);
  });
});
