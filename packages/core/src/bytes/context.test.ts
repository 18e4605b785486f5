import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeContext } from './context.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('encodeContext', () => {
  it('tells joined parts apart', () => {
    expect(hex(encodeContext({ a: 'bc' }))).not.toBe(hex(encodeContext({ ab: 'c' })));
  });

  it('tells an empty value from an absent one', () => {
    expect(hex(encodeContext({ tenant: '' }))).not.toBe(hex(encodeContext({ tenant: undefined })));
  });

  it('sorts by UTF-8 bytes, where UTF-16 would sort otherwise', () => {
    // U+FF5E is below U+1F600 in UTF-8 but above its surrogates in UTF-16
    const bytes = hex(encodeContext({ '\u{1f600}': 'b', '\uff5e': 'a' }));
    expect(bytes.indexOf('efbd9e')).toBeLessThan(bytes.indexOf('f09f9880'));
  });

  it('does not depend on the order of the pairs, and differs for different pairs', () => {
    const pairs = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string());
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const turned = Object.fromEntries(Object.entries(a).reverse());
        expect(hex(encodeContext(turned))).toBe(hex(encodeContext(a)));
        const same =
          JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
        expect(hex(encodeContext(a)) === hex(encodeContext(b))).toBe(same);
      }),
    );
  });

  it.each([
    ['no key', { '': 'x' }],
    ['a key of 256 bytes', { ['k'.repeat(256)]: 'x' }],
    ['a value of 65,536 bytes', { k: 'x'.repeat(65_536) }],
    ['a lone surrogate, which would equal another one', { k: '\ud800' }],
  ])('refuses %s', (_why, pairs) => {
    expect(() => encodeContext(pairs)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
  });
});
