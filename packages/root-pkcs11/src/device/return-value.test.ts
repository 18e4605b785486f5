import { expect, test } from 'vitest';
import { returnName, returnValue, verdict } from './return-value.ts';

const thrown = (message: string, code?: number) => Object.assign(new Error(message), { code });

test.each([
  [thrown('CKR_PIN_INCORRECT', 160), 160, 'CKR_PIN_INCORRECT'],
  // what the binding does not wrap
  [thrown('CKR_ATTRIBUTE_READ_ONLY:16\n    at PKCS11'), 16, 'CKR_ATTRIBUTE_READ_ONLY'],
  [thrown('Unknown 0x80001234', 0x8000_1234), 0x8000_1234, 'CKR_0x80001234'],
  [thrown('the PIN 1234 is wrong'), undefined, 'MODULE_FAILED'],
  [undefined, undefined, 'MODULE_FAILED'],
])('of %o the number and name are told, never more', (error, value, name) => {
  expect([returnValue(error), returnName(error)]).toEqual([value, name]);
});

test.each([
  [64, 'refused'],
  [179, 'lost'],
  [400, 'lost'],
  // which SoftHSM says of a key that wraps when its token is away
  [240, 'lost'],
  [275, 'lost'],
  [5, 'ambiguous'],
  [48, 'ambiguous'],
  [0x8000_0001, 'ambiguous'],
])('%i is %s', (value, expected) => {
  expect(verdict(thrown('CKR_X', value))).toBe(expected);
});

test('what has no number is ambiguous', () => {
  expect(verdict(new TypeError('x'))).toBe('ambiguous');
});
