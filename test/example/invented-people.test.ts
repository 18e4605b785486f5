import { expect, it } from 'vitest';
import {
  createPeople,
  isVerhoeff,
  withLuhnDigit,
  withVerhoeffDigit,
} from '../../examples/kyc-story/src/index.ts';

it('the same seed gives the same people', () => {
  expect(createPeople(50, 7)).toEqual(createPeople(50, 7));
  expect(createPeople(50, 7)).not.toEqual(createPeople(50, 8));
});

it('check digits are those of the published examples, and find every single slip', () => {
  expect(withVerhoeffDigit('236')).toBe('2363');
  expect(withLuhnDigit('7992739871')).toBe('79927398713');
  for (const { aadhaar } of createPeople(20, 1)) {
    expect(isVerhoeff(aadhaar)).toBe(true);
    for (let i = 0; i < aadhaar.length; i++) {
      const other = (Number(aadhaar.charAt(i)) + 3) % 10;
      expect(isVerhoeff(`${aadhaar.slice(0, i)}${other}${aadhaar.slice(i + 1)}`)).toBe(false);
    }
  }
});
