import { describe, expect, it } from 'vitest';
import { largestValue, shortestColumn } from './column-length.ts';

/** Length of the text of a cell, from FORMAT.md section 3 and written apart from the code. */
function textLength(value: number): number {
  const plaintext = value + 2;
  let padded = Math.ceil(plaintext / 16) * 16;
  if (plaintext > 256) {
    const exponent = Math.floor(Math.log2(plaintext));
    const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
    padded = Math.ceil(plaintext / step) * step;
  }
  return 4 + Math.ceil(((59 + padded) * 4) / 3);
}

describe('the length of a text column', () => {
  it('takes the largest value that is allowed in it', () => {
    for (let characters = shortestColumn('string'); characters < 20_000; characters += 7)
      expect(textLength(largestValue(characters))).toBeLessThanOrEqual(characters);
  });

  it('is enough for every value of a short type', () => {
    expect(shortestColumn('timestamp')).toBe(textLength(14));
  });

  it('leaves room for values that are padded', () => {
    expect(shortestColumn('string', 128)).toBe(4 + Math.ceil(((59 + 128) * 4) / 3));
  });

  it('is used for the most part', () => {
    expect(largestValue(255)).toBe(126);
    expect(largestValue(1000)).toBeGreaterThan(570);
  });

  it('never raises the limit of a field', () => {
    expect(largestValue(10_000_000)).toBe(1024 * 1024);
  });
});
