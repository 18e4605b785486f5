import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textCodec as node } from './text-codec.node.ts';
import { textCodec as portable } from './text-codec.portable.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe.each([
  ['node', node],
  ['portable', portable],
])('text codec (%s)', (_name, codec) => {
  it('decodes what Buffer encodes, and encodes the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        const target = codec.allocate(bytes.length);
        expect(codec.toBase64url(bytes, 0, bytes.length)).toBe(text);
        expect(codec.fromBase64url(text, target)).toBe(bytes.length);
        expect(new Uint8Array(target)).toEqual(bytes);
      }),
    );
  });

  it('accepts one text only for the same bytes', () => {
    const bytes = Uint8Array.from({ length: 31 }, (_, i) => i * 37);
    const text = Buffer.from(bytes).toString('base64url');
    const target = codec.allocate(64);
    const character = fc.constantFrom(
      ...ALPHABET,
      '+',
      '/',
      '=',
      ' ',
      '\n',
      '.',
      'Ł',
      '\u0100',
      'é',
    );
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), character, (at, other) => {
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        fc.pre(changed !== text);
        const length = codec.fromBase64url(changed, target);
        const same = length === bytes.length && bytes.every((byte, i) => target[i] === byte);
        expect(same).toBe(false);
      }),
    );
  });

  it.each([
    ['padding', 'AQI='],
    ['white space', 'AQ ID'],
    ['a line break at the end', 'AQID\n'],
    ['the other alphabet', '+/+/'],
    ['a wide character whose lower byte is in the alphabet', 'AQI\u0144'],
    ['a length that no bytes have', 'AQIDB'],
    ['trailing bits', 'AR'],
    ['trailing bits of two bytes', 'AQJ'],
  ])('refuses %s', (_why, text) => {
    expect(codec.fromBase64url(text, codec.allocate(16))).toBe(-1);
  });

  it('refuses a text that is longer than its target', () => {
    expect(codec.fromBase64url('AQIDBAUG', codec.allocate(5))).toBe(-1);
  });

  it('writes and reads well-formed text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const expected = new TextEncoder().encode(text);
        const target = codec.allocate(expected.length + 2);
        expect(codec.utf8Length(text)).toBe(expected.length);
        expect(codec.writeUtf8(target, text, 1)).toBe(expected.length);
        expect(codec.readUtf8(target, 1, 1 + expected.length)).toBe(text);
      }),
    );
  });

  it('keeps a byte order mark and a replacement character, which are text', () => {
    for (const text of ['\ufeffa', 'a\ufffdb']) {
      const bytes = new TextEncoder().encode(text);
      expect(codec.readUtf8(bytes, 0, bytes.length)).toBe(text);
    }
  });

  it.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]]])(
    'does not read malformed UTF-8 %j',
    (bytes) => {
      expect(codec.readUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBeUndefined();
    },
  );
});
