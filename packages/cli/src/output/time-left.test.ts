import { expect, test } from 'vitest';
import { timeLeft } from './time-left.ts';

test.each([
  [100, 0, '?'],
  [0, 10, '0s'],
  [-5, 10, '0s'],
  [65, 10, '7s'],
  [599, 10, '1m00s'],
  [1850, 10, '3m05s'],
  [36_000, 10, '1h00m'],
  [96_000, 10, '2h40m'],
])('%i rows at %i a second: %s', (rows, rate, text) => {
  expect(timeLeft(rows, rate)).toBe(text);
});
