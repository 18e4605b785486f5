import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScanner, type Needle } from './needle-scanner.ts';

const needle = (bytes: Uint8Array, secret: number): Needle => ({
  secret,
  encoding: 'bytes',
  bytes: Buffer.from(bytes),
});

test('finds what a search for each needle finds', () => {
  const few = fc.uint8Array({ minLength: 4, maxLength: 9, max: 3 });
  fc.assert(
    fc.property(fc.array(few, { maxLength: 8 }), fc.uint8Array({ max: 3 }), (list, hay) => {
      const needles = list.map(needle);
      const haystack = Buffer.from(hay);
      const expected = needles.filter(({ bytes }) => haystack.includes(bytes));
      expect(new Set(createScanner(needles, 0)(haystack))).toEqual(new Set(expected));
    }),
  );
});

test('finds needles at both ends, and several with one beginning', () => {
  const texts = ['begin', 'beginning', 'in the end'];
  const needles = texts.map((text, i) => needle(Buffer.from(text), i));
  const found = createScanner(needles, 0)(Buffer.from('beginning of what is in the end'));
  expect(found.map(({ secret }) => secret).sort()).toEqual([0, 1, 2]);
  expect(createScanner(needles, 0)(Buffer.from('begi'))).toEqual([]);
});

test('refuses needles that are too short to be sure of', () => {
  expect(() => createScanner([needle(Buffer.from('abc'), 0)], 0)).toThrow(RangeError);
});
