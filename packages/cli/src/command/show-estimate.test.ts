import { expect, test } from 'vitest';
import { durationText } from './show-estimate.ts';

test.each([
  [0, '0 s'],
  [0.2, '1 s'],
  [59, '59 s'],
  [59.1, '1 min 0 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h 0 min'],
  [90_061, '25 h 1 min'],
])('%d s are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
