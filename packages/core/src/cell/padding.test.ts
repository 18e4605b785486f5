import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paddedLength } from './padding.ts';

describe('paddedLength', () => {
  it.each([
    [1, 16],
    [16, 16],
    [17, 32],
    [256, 256],
    [257, 272],
    [302, 304],
    [1000, 1024],
    [1_048_578, 1_081_344],
  ])('of %i bytes is %i', (length, padded) => {
    expect(paddedLength(length)).toBe(padded);
  });

  it('adds at most 15 bytes or 12 %, and is its own padded length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 25 }), (length) => {
        const padded = paddedLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded).toBeLessThanOrEqual(Math.max(length + 15, length * 1.12));
        expect(paddedLength(padded)).toBe(padded);
      }),
    );
  });

  it('grows to what is wanted at least', () => {
    expect(paddedLength(3, 64)).toBe(64);
    expect(paddedLength(65, 64)).toBe(80);
  });
});
