import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ManifestField, ManifestIndex } from '../manifest/manifest.ts';
import { createIndexTokens, type IndexTokens } from './index-tokens.ts';
import { findNormalizer } from './normalizer.ts';
import { PART_FUNCTIONS } from './part-function.ts';

function tokensOf(
  type: ManifestField['type'],
  normalizer = 'raw@1',
  over: Partial<ManifestIndex> & Partial<Pick<ManifestField, 'scope' | 'maxBytes'>> = {},
): IndexTokens {
  const { scope, maxBytes, ...indexOver } = over;
  const index: ManifestIndex = {
    id: 'a.b.equality',
    kind: indexOver.part === undefined ? 'equality' : 'part',
    name: 'bToken',
    column: 'b_token',
    normalizer,
    ...indexOver,
  };
  const field: ManifestField = {
    name: 'b',
    column: 'b',
    id: 'a.b',
    type,
    storage: 'text',
    nullable: false,
    key: null,
    bind: 'field',
    indexes: [index],
    ...(scope === undefined ? {} : { scope }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  };
  const normalize = findNormalizer(normalizer, new Map());
  if (normalize === undefined) return expect.unreachable(normalizer);
  const part = index.part === undefined ? undefined : PART_FUNCTIONS.get(index.part);
  return createIndexTokens({ field, index, normalize, part });
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FieldsealError);
    return (error as FieldsealError).code;
  }
  return 'none';
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hmac = (keyHex: string, message: Uint8Array): string =>
  createHmac('sha256', Buffer.from(keyHex, 'hex')).update(message).digest('hex');

describe('the message of a token', () => {
  // tokens of vectors/fieldseal_v1.json with their token keys
  it.each([
    [
      'equality of digits',
      tokensOf('string', 'digits@1'),
      '2345 6789 0124',
      'c3a2ec97bb41d0e00647e765b92c708416e852feff6816a6ae2ed2104ef4137e',
      '1be4dc51136894ac008efa4764b8c7d20b212f5e508afbd0610d9b00961ebef3',
    ],
    [
      'equality of an e-mail address',
      tokensOf('string', 'email@1'),
      ' A@Example.IN',
      'c416c38800f363868eee0c978d696573b13805ab0be8bad05cf612d89bc6bba7',
      'f520c277672b40c29dc1ad3c08c8dc86f08011243ae6487188d87e6efd537d66',
    ],
    [
      'the empty string',
      tokensOf('string'),
      '',
      'b956246672d03e07174b87424ad9972f55b75dd9e6da914bffbf922571f9f226',
      '20706ab416e82f1608776748e8744e34011ed7a657013c774b0a6105773164ed',
    ],
    [
      'last4 of a card number',
      tokensOf('string', 'digits@1', { part: 'last4' }),
      '4111-1111-1111-1234',
      '44afae04133bdc872a91c273e0a8b2c9bb9abff76a94a4c6f5269448a0439e7f',
      '6f872675d10ab17cfad0afe7fcfdf4c9',
    ],
    [
      'equality of a date',
      tokensOf('date'),
      new Date('1990-01-01'),
      'd4fb3e8e29c9daad92f75c03d1e7efde894d5b2e91acc80697a0cfc25932847c',
      '58d54ef21ee5dac91df48fb9f04a70decba466e51975ddb2eb5e4297ff0e4255',
    ],
  ])('of %s gives the token of the vectors', (_, tokens, value, key, expected) => {
    const token = hmac(key, tokens.messageOf(value)).slice(0, 2 * tokens.bytes);
    expect(token).toBe(expected);
    expect(tokens.params).toHaveLength(0);
  });

  it('is that of the empty value when the value normalises to nothing', () => {
    const digits = tokensOf('string', 'digits@1');
    expect(digits.messageOf('no digits')).toEqual(digits.messageOf(''));
    const last4 = tokensOf('string', 'digits@1', { part: 'last4' });
    expect(last4.messageOf('no digits')).toEqual(last4.messageOf(''));
    expect(last4.messageOf('')).not.toEqual(last4.messageOf('0000'));
  });

  it.each(['1.5', '1.50', '+1.5', '01.5', '15e-1', '0.15E1', 1.5])(
    'of the decimal %s is that of 1.5',
    (value) => {
      const decimal = tokensOf('decimal');
      expect(decimal.messageOf(value)).toEqual(decimal.messageOf('1.5'));
      expect(hex(decimal.messageOf(value))).toBe(`0105${Buffer.from('1.5').toString('hex')}`);
    },
  );

  it('is the same for zero of both signs, and for no other double', () => {
    const double = tokensOf('double');
    expect(double.messageOf(-0)).toEqual(double.messageOf(0));
    fc.assert(
      fc.property(fc.double(), fc.double(), (a, b) => {
        fc.pre(a !== b && !Object.is(a, b));
        expect(double.messageOf(a)).not.toEqual(double.messageOf(b));
      }),
    );
  });

  it('is another one for each kind and type', () => {
    const messages = [
      tokensOf('string').messageOf('1234'),
      tokensOf('string', 'raw@1', { part: 'last4' }).messageOf('1234'),
      tokensOf('int').messageOf(1234),
      tokensOf('bigint').messageOf(1234n),
      tokensOf('decimal').messageOf('1234'),
      tokensOf('double').messageOf(1234),
      tokensOf('bytes').messageOf(Buffer.from('1234')),
    ];
    expect(new Set(messages.map(hex)).size).toBe(messages.length);
  });

  it('of a year is the number of the year in UTC', () => {
    const year = tokensOf('date', 'raw@1', { part: 'year' });
    expect(hex(year.messageOf('1999-12-31'))).toBe('030300000000000007cf');
    const time = tokensOf('timestamp', 'raw@1', { part: 'year' });
    expect(hex(time.messageOf('1999-12-31T23:30:00-01:00'))).toBe('030300000000000007d0');
  });

  it.each([
    ['a number in a string field', 'string', 5],
    ['a lone surrogate', 'string', '\ud800'],
    ['a text in a date field', 'date', 'yesterday'],
    ['a time of day in a date field', 'date', '2020-01-01T10:00:00Z'],
    ['a fraction in an int field', 'int', 1.5],
    ['null', 'string', null],
  ] as const)('of %s is refused', (_, type, value) => {
    expect(codeOf(() => tokensOf(type).messageOf(value))).toBe('ERR_VALUE_TYPE');
    const part = type === 'date' ? 'year' : 'last4';
    const partial = tokensOf(type, 'raw@1', { part });
    expect(codeOf(() => partial.messageOf(value))).toBe('ERR_VALUE_TYPE');
  });

  it('of a value that is larger than its field allows is refused before it is normalised', () => {
    const small = tokensOf('string', 'digits@1', { maxBytes: 10 });
    expect(codeOf(() => small.messageOf(' '.repeat(11)))).toBe('ERR_VALUE_TOO_LARGE');
    expect(codeOf(() => small.messageOf(' '.repeat(10)))).toBe('none');
  });
});

describe('tokens', () => {
  it('are per tenant where the field has a scope, unless they are global', () => {
    expect(tokensOf('string', 'raw@1', { scope: 'tenantId' }).perTenant).toBe(true);
    expect(tokensOf('string', 'raw@1', { scope: 'tenantId', global: 'why' }).perTenant).toBe(false);
    expect(tokensOf('string').perTenant).toBe(false);
  });
});
