import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import { VARIABLE_LENGTH } from './value-tag.ts';
import type { ValueType } from './value-type.ts';

const day = fc
  .integer({ min: -700_000, max: 2_900_000 })
  .map((days) => new Date(days * 86_400_000));

/** Values of each type as applications hold them. */
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array(),
  int: fc.maxSafeInteger(),
  bigint: fc.bigInt(),
  decimal: fc.tuple(fc.bigInt(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
  double: fc.double(),
  boolean: fc.boolean(),
  date: day,
  timestamp: fc.date({ noInvalidDate: true }),
  json: fc.jsonValue().filter((value) => value !== null),
};

function roundTrip(type: ValueType, value: unknown): unknown {
  const body = encodeValue(type, value);
  const plaintext = VARIABLE_LENGTH[type] ? Uint8Array.from([...body, 0x80, 0, 0]) : body;
  return decodeValue(type, plaintext, plaintext.length);
}

describe.each(Object.keys(VALUES) as ValueType[])('value of type %s', (type) => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(VALUES[type], (value) => {
        const expected = type === 'json' ? JSON.parse(JSON.stringify(value)) : value;
        expect(roundTrip(type, value)).toEqual(expected);
      }),
    );
  });

  it('is not read as any other type', () => {
    fc.assert(
      fc.property(VALUES[type], (value) => {
        const plaintext = Uint8Array.from([...encodeValue(type, value), 0x80]);
        for (const other of Object.keys(VALUES) as ValueType[]) {
          if (other === type) continue;
          expect(decodeValue(other, plaintext, plaintext.length)).toBeUndefined();
        }
      }),
    );
  });
});

describe('encodeValue', () => {
  const wrong: readonly (readonly [ValueType, unknown])[] = [
    ['string', 5],
    ['string', new String('x')],
    ['string', 'a\ud800'],
    ['bytes', [1, 2]],
    ['bytes', 'AQ=='],
    ['int', 1.5],
    ['int', 2 ** 53],
    ['int', '5'],
    ['int', Number.NaN],
    ['bigint', 5],
    ['decimal', 'NaN'],
    ['decimal', '1,5'],
    ['decimal', ''],
    ['decimal', '.'],
    ['decimal', Number.POSITIVE_INFINITY],
    ['decimal', {}],
    ['double', '1'],
    ['boolean', 1],
    ['boolean', 'true'],
    ['date', '2023-02-30'],
    ['date', '2023-2-3'],
    ['date', new Date('2023-02-03T10:00:00Z')],
    ['date', new Date(Number.NaN)],
    ['date', 0],
    ['timestamp', '2023-02-03T10:00:00'],
    ['timestamp', '2023-02-31T10:00:00Z'],
    ['timestamp', 1_700_000_000],
    ['json', undefined],
    ['json', () => 1],
    ['json', { a: 1n }],
  ];

  it.each(wrong)('refuses as %s: %o', (type, value) => {
    expect(() => encodeValue(type, value)).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_TYPE' }),
    );
  });

  it('never quotes what it refuses', () => {
    const circular: Record<string, unknown> = { secretName: 1 };
    circular.self = circular;
    for (const [type, value] of [...wrong, ['json', circular], ['int', 'secretName']] as const) {
      try {
        encodeValue(type, value);
      } catch (error) {
        expect(String((error as Error).stack)).not.toContain('secretName');
        expect(error).not.toHaveProperty('cause');
      }
    }
  });

  it.each([
    [0n, '0400'],
    [127n, '047f'],
    [128n, '040080'],
    [-1n, '04ff'],
    [-128n, '0480'],
    [-129n, '04ff7f'],
    [255n, '0400ff'],
    [-256n, '04ff00'],
  ])('writes the bigint %s in as few bytes as keep its sign', (value, hex) => {
    expect(Buffer.from(encodeValue('bigint', value)).toString('hex')).toBe(hex);
  });

  it('writes one NaN', () => {
    const payload = new DataView(new ArrayBuffer(8));
    payload.setBigUint64(0, 0x7ff8_0000_dead_beefn);
    expect(Buffer.from(encodeValue('double', payload.getFloat64(0))).toString('hex')).toBe(
      '067ff8000000000000',
    );
  });

  it('takes decimals as text, number and objects of decimal libraries, as given', () => {
    const text = (value: unknown) =>
      Buffer.from(encodeValue('decimal', value)).toString('latin1', 1);
    expect(text('1234.5600')).toBe('1234.5600');
    expect(text(0.5)).toBe('0.5');
    expect(text({ toFixed: () => '12.50' })).toBe('12.50');
  });

  it('takes dates as text too', () => {
    expect(encodeValue('date', '1970-01-02')).toEqual(Uint8Array.of(8, 0, 0, 0, 1));
    expect(encodeValue('date', '1970-01-02T00:00:00.000Z')).toEqual(Uint8Array.of(8, 0, 0, 0, 1));
  });
});

describe('decodeValue', () => {
  const malformed: readonly (readonly [ValueType, readonly number[]])[] = [
    ['string', [1, 0x61]],
    ['string', [1, 0x61, 0, 0]],
    ['string', [1]],
    ['string', [1, 0xff, 0x80]],
    ['int', [3, 0, 0, 0, 0, 0, 0, 1]],
    ['int', [3, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['int', [3, 0, 0, 0, 0, 0, 0, 0, 1, 0x80]],
    ['bigint', [4, 0x80]],
    ['bigint', [4, 0x00, 0x01, 0x80]],
    ['bigint', [4, 0xff, 0x80, 0x80]],
    ['boolean', [7, 2]],
    ['date', [8, 0x7f, 0xff, 0xff, 0xff]],
    ['timestamp', [9, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['json', [10, 0x7b, 0x80]],
    ['json', [10, 0x80]],
  ];

  it.each(malformed)('refuses as %s the bytes %j', (type, bytes) => {
    expect(decodeValue(type, Uint8Array.from(bytes), bytes.length)).toBeUndefined();
  });

  it('keeps a property named __proto__ an own property', () => {
    const value = roundTrip('json', JSON.parse('{"__proto__":{"admin":true}}'));
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it('gives bytes a memory of their own', () => {
    const plaintext = Buffer.from([2, 7, 7, 0x80]);
    const value = decodeValue('bytes', plaintext, 4) as Uint8Array;
    plaintext.fill(0);
    expect(value).toEqual(Uint8Array.of(7, 7));
  });
});
