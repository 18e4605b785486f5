import { expect, it } from 'vitest';
import { generationsOf, indexAfter, readIndex, storedIndex } from './index-state.ts';

it('an index is stored with its generation, and read back', () => {
  for (const state of ['building', 'closing', 'ready', 'rotating'] as const) {
    for (const generation of [1, 2, 17, 999_999_999]) {
      expect(readIndex(storedIndex({ state, generation }))).toEqual({ state, generation });
    }
  }
  // rows from before there were generations
  expect(storedIndex({ state: 'ready', generation: 1 })).toBe('index-ready');
});

it.each([
  'ready',
  'index-',
  'index-open',
  'index-ready@',
  'index-ready@0',
  'index-ready@01',
  'index-ready@1.5',
  'index-ready@1234567890',
  'index-ready@2 ',
  'index-toString',
  'sealed',
])('%j is no index', (stored) => {
  expect(readIndex(stored)).toBeUndefined();
});

it('rows have tokens of two generations while it rotates, and of the newer one at its end', () => {
  const rotating = { state: 'rotating', generation: 3 } as const;
  expect(generationsOf(rotating)).toEqual([3, 4]);
  expect(indexAfter(rotating, 'ready')).toEqual({ state: 'ready', generation: 4 });
  expect(generationsOf({ state: 'ready', generation: 4 })).toEqual([4]);
  expect(indexAfter({ state: 'ready', generation: 4 }, 'building')).toEqual({
    state: 'building',
    generation: 4,
  });
});
