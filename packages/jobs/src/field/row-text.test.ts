import { expect, test } from 'vitest';
import { keyText } from './row-text.ts';

test('one key column is shown as it is, several so that no two keys look the same', () => {
  expect(keyText(['42'])).toBe('42');
  expect(keyText(['a,b'])).toBe('a,b');
  expect(keyText(['a', 'b'])).toBe('["a","b"]');
  expect(keyText(['a,b', 'c'])).not.toBe(keyText(['a', 'b,c']));
  expect(keyText(['a","b', 'c'])).not.toBe(keyText(['a', 'b","c']));
});

test('a long key is cut, and still told from others', () => {
  const long = 'k'.repeat(300);
  expect(keyText([`${long}1`])).not.toBe(keyText([`${long}2`]));
  expect(keyText([`${long}1`])).toMatch(/^k{200}…sha256:[0-9a-f]{32}$/);
  expect(keyText(['k'.repeat(200)])).toBe('k'.repeat(200));
  expect(keyText([`${'k'.repeat(199)}😀x`]).isWellFormed()).toBe(true);
});
