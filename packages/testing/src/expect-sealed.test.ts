import { expect, test } from 'vitest';
import { expectSealed } from './expect-sealed.ts';

const TEXT = `fs1.9Q${'A'.repeat(90)}`;

function bytes(length: number, ...first: number[]): Uint8Array {
  const cell = new Uint8Array(length);
  cell.set(first);
  return cell;
}

test.each([
  ['a text cell', TEXT],
  ['a bytes cell of suite 1', bytes(80, 0xf5, 1)],
  ['a bytes cell of suite 2', bytes(80, 0xf5, 2)],
])('%s passes', (_name, value) => {
  expect(() => expectSealed(value)).not.toThrow();
});

test.each([
  ['plain text', '234567890123'],
  ['plain text with the mark of a cell', 'fs1.hello'],
  ['a text cell with something behind it', `${TEXT} 234567890123`],
  ['a text cell with a line behind it', `${TEXT}\n`],
  ['null', null],
  ['nothing', undefined],
  ['a number', 42],
  ['bytes without the mark', bytes(80)],
  ['bytes of no suite', bytes(80, 0xf5, 3)],
  ['bytes that are too short', bytes(20, 0xf5, 1)],
])('%s is refused', (_name, value) => {
  expect(() => expectSealed(value)).toThrow(
    expect.objectContaining({ code: 'ERR_CIPHERTEXT_REJECTED' }),
  );
});

test('the refusal does not quote the value', () => {
  const value = '234567890123';
  let message = '';
  try {
    expectSealed(value);
  } catch (error) {
    message = JSON.stringify(error) + String(error);
  }
  expect(message).toContain('found a string');
  expect(message).not.toContain(value);
});
