import { inspect } from 'node:util';
import type { ValueType } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { FieldTransformer } from './field-transformer.ts';
import { OpenedValue } from './opened-value.ts';
import { Parameter } from './parameter.ts';
import { plainValueOf, SealedValue } from './sealed-value.ts';
import { TokenTransformer } from './token-transformer.ts';

const SECRET = 'a secret of 1980';

class Pending extends Parameter {
  toPostgres(): string {
    return 'pending';
  }
}

const ofType = (type: ValueType) => new FieldTransformer({ type });

describe('the transformer of a sealed column', () => {
  it('lets NULL, missing values and parameters pass', () => {
    const transformer = ofType('string');
    const pending = new Pending();
    expect(transformer.to(null)).toBeNull();
    expect(transformer.to(undefined)).toBeUndefined();
    expect(transformer.to(pending)).toBe(pending);
    expect(transformer.from(null)).toBeNull();
    expect(transformer.from(undefined)).toBeUndefined();
  });

  it.each<[ValueType, unknown, unknown, unknown]>([
    ['string', 'a', 'a', 'b'],
    ['int', 1, 1, 2],
    ['double', Number.NaN, Number.NaN, 0],
    ['double', 0, 0, -0],
    ['bigint', 7n, 7n, 8n],
    ['boolean', true, true, false],
    ['decimal', '1.5', 1.5, '1.50'],
    ['date', new Date(0), '1970-01-01', '1970-01-02'],
    ['timestamp', new Date(5), '1970-01-01T00:00:00.005Z', new Date(6)],
    ['bytes', Uint8Array.of(1, 2), Buffer.from([1, 2]), Uint8Array.of(1, 2, 3)],
    ['json', { a: [1] }, { a: [1] }, { a: [2] }],
    ['json', 'a', 'a', ['a']],
  ])('gives one object for equal values of type %s, and another for others', (type, a, b, c) => {
    const transformer = ofType(type);
    const first = transformer.to(a);
    expect(transformer.to(b)).toBe(first);
    expect(transformer.to(c)).not.toBe(first);
  });

  it.each<[ValueType, () => { value: unknown; change: () => void }]>([
    ['date', dateThatChanges],
    ['bytes', bytesThatChange],
    ['json', documentThatChanges],
  ])('keeps a value of type %s as it was, whatever becomes of the object', (type, make) => {
    const { value, change } = make();
    const before = structuredClone(value);
    const transformer = ofType(type);
    const sealed = transformer.to(value) as SealedValue;
    change();
    expect(plainValueOf(sealed)).toEqual(before);
    expect(transformer.to(value)).not.toBe(sealed);
  });

  it('leaves what is no value of the type to the code that seals it', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(plainValueOf(ofType('json').to(cyclic) as SealedValue)).toBe(cyclic);
    expect(plainValueOf(ofType('string').to(5) as SealedValue)).toBe(5);
  });

  it('gives what was opened and takes nothing else from the database', () => {
    const transformer = ofType('string');
    expect(transformer.from(new OpenedValue(SECRET))).toBe(SECRET);
    for (const raw of [SECRET, Buffer.from(SECRET), transformer.to(SECRET)])
      expect(() => transformer.from(raw)).toThrow(
        expect.objectContaining({
          code: 'ERR_NOT_WIRED',
          message: expect.not.stringContaining('1980'),
        }),
      );
  });
});

function dateThatChanges() {
  const value = new Date(0);
  return { value, change: () => void value.setTime(5) };
}

function bytesThatChange() {
  const value = Uint8Array.of(1, 2);
  return { value, change: () => void value.fill(9) };
}

function documentThatChanges() {
  const value = { a: 1 };
  return { value, change: () => void Object.assign(value, { a: 2 }) };
}

describe('an envelope', () => {
  it.each([
    ['sealed', ofType('string').to(SECRET) as object],
    ['opened', new OpenedValue(SECRET)],
  ])('of a %s value never shows it', (_name, envelope) => {
    const seen = [
      inspect(envelope, { depth: null, showHidden: true }),
      inspect(structuredClone(envelope), { depth: null, showHidden: true }),
      inspect({ ...envelope }),
      JSON.stringify({ envelope }),
      String(envelope),
      `${envelope}`,
      Object.entries(envelope).join(),
    ];
    expect(seen.join('\n')).not.toContain('1980');
    expect(seen[0]).toMatch(/^\[(sealed|opened) value\]$/);
  });

  it('of a sealed value is refused by the driver', () => {
    const sealed = ofType('string').to(SECRET) as SealedValue;
    expect(sealed).toBeInstanceOf(SealedValue);
    expect(() => sealed.toPostgres()).toThrow(
      expect.objectContaining({
        code: 'ERR_NOT_WIRED',
        message: expect.not.stringContaining('1980'),
      }),
    );
  });
});

describe('the transformer of a token column', () => {
  it('takes parameters and NULL only', () => {
    const transformer = new TokenTransformer();
    const pending = new Pending();
    expect(transformer.to(pending)).toBe(pending);
    expect(transformer.to(null)).toBeNull();
    expect(transformer.to(undefined)).toBeUndefined();
    for (const value of [SECRET, Buffer.from('x'), 0])
      expect(() => transformer.to(value)).toThrow(
        expect.objectContaining({ code: 'ERR_OPERATOR_UNSUPPORTED' }),
      );
  });

  it('shows the application no token', () => {
    expect(new TokenTransformer().from()).toBeUndefined();
  });
});
