import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { customNormalizers, findNormalizer, NORMALIZERS, type Normalizer } from './normalizer.ts';

function normalizer(names: string): Normalizer {
  return findNormalizer(names, new Map()) ?? expect.unreachable(names);
}

/** An assigned character far from ASCII is worth more here than a random one. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

describe('a normaliser', () => {
  it.each([
    ['raw@1', ' A\u0301 ', ' A\u0301 '],
    ['trim@1', '\u3000 a b\t\u00a0', 'a b'],
    ['trim@1', ' \n ', ''],
    ['collapse_ws@1', ' a \u2003\n b', ' a b'],
    ['nfc@1', 'e\u0301', '\u00e9'],
    ['nfkc_cf@1', 'Straße', 'strasse'],
    ['nfkc_cf@1', 'STRAẞE', 'strasse'],
    ['nfkc_cf@1', 'ＡＢＣ①', 'abc1'],
    ['nfkc_cf@1', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['nfkc_cf@1', 'Ὀδυσσεύς', 'ὀδυσσεύσ'],
    ['name@1', '  Asha\u00a0\u00a0RAO\n', 'asha rao'],
    ['upper@1', 'straße', 'STRASSE'],
    ['pan@1', ' abcpk 1234-f ', 'ABCPK1234F'],
    ['digits@1', '+91 (98) 765-43210', '919876543210'],
    ['digits@1', '१२३४ ५६७८ ९०१२', '123456789012'],
    ['digits@1', '٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['digits@1', '𝟎𝟗𝟘𝟡𝟬𝟵', '090909'],
    ['digits@1', '½①Ⅳ', ''],
    ['email@1', ' Asha.Rao+kyc@Example.IN ', 'asha.rao+kyc@example.in'],
    ['email@1', 'a@BÜCHER.example', 'a@xn--bcher-kva.example'],
    ['email@1', 'a@bücher.example/x', 'a@bücher.example/x'],
    ['email@1', 'No Address', 'no address'],
    ['email@1', '"a@b"@x.in', '"a@b"@x.in'],
    ['trim@1+digits@1', ' 1 2 ', '12'],
  ])('%s makes %j to %j', (names, value, expected) => {
    expect(normalizer(names)(value)).toBe(expected);
  });

  it.each([...NORMALIZERS.keys()])('%s changes nothing the second time', (name) => {
    const normalize = normalizer(name);
    fc.assert(
      fc.property(text, (value) => {
        const once = normalize(value);
        expect(normalize(once)).toBe(once);
      }),
    );
  });

  it('of case makes the same of all cases of every character, and changes it once', () => {
    const fold = normalizer('nfkc_cf@1');
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10_ffff; code += 1) {
      const value = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Cs}]/u.test(value)) continue;
      const once = fold(value);
      const others = [once, value.toUpperCase(), value.toLowerCase()];
      if (others.some((other) => fold(other) !== once)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  it('of names makes the same of both letter cases, also where they differ in length', () => {
    fc.assert(
      fc.property(text, (value) => {
        // upper case is not always the way back: dotless i and the like have no common form
        fc.pre(value.toUpperCase().toLowerCase() === value.toLowerCase());
        expect(normalizer('name@1')(value.toUpperCase())).toBe(normalizer('name@1')(value));
      }),
    );
  });

  it.each(['nfc@1', 'nfkc_cf@1', 'name@1', 'upper@1', 'pan@1', 'digits@1', 'email@1'])(
    '%s refuses a character that a later Unicode version may define',
    (name) => {
      const unassigned = String.fromCodePoint(0x3_ffff);
      const refuse = (): unknown => normalizer(name)(`a${unassigned}`);
      expect(refuse).toThrow(expect.objectContaining({ code: 'ERR_VALUE_TYPE' }));
    },
  );

  it.each(['trim@1', 'collapse_ws@1', 'name@1'])(
    '%s takes a long run of spaces in its stride',
    (name) => {
      const value = `a${' '.repeat(1_000_000)}b`;
      const start = performance.now();
      normalizer(name)(value);
      // a pattern with an anchor at its end would need minutes
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );

  it('that is not known is not found, alone or among others', () => {
    expect(findNormalizer('digits@2', new Map())).toBeUndefined();
    expect(findNormalizer('trim@1+other@1', new Map())).toBeUndefined();
    expect(findNormalizer('', new Map())).toBeUndefined();
  });
});

describe('a normaliser of the application', () => {
  it('is found beside the others', () => {
    const custom = customNormalizers({ 'upi@1': (value) => value.split('@')[0] ?? '' });
    expect(findNormalizer('upi@1+upper@1', custom)?.('asha@bank')).toBe('ASHA');
  });

  it.each(['digits@1', 'upi', 'UPI@1', 'upi@0', 'a+b@1'])('cannot be called %s', (name) => {
    const refuse = (): unknown => customNormalizers({ [name]: (value) => value });
    expect(refuse).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
  });

  it.each([
    [
      'throws',
      (value: string): string => {
        throw new TypeError(value);
      },
    ],
    ['answers with a number', ((value: string) => value.length) as unknown as Normalizer],
    ['answers with a promise', (async (value: string) => value) as unknown as Normalizer],
  ])('that %s is reported without the value', (_, normalize) => {
    const custom = findNormalizer('mine@1', customNormalizers({ 'mine@1': normalize }));
    const secret = 'secret-value';
    try {
      custom?.(secret);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(FieldsealError);
      expect((error as FieldsealError).code).toBe('ERR_VALUE_TYPE');
      expect(JSON.stringify(error) + String(error)).not.toContain(secret);
      expect((error as FieldsealError).cause).toBeUndefined();
    }
  });
});
