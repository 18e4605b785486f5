import { FieldsealError } from '@fieldseal/core';
import { CK } from './ck-constants.ts';
import type { Cryptoki, Handle } from './cryptoki.ts';
import { RETURN_VALUE, returnName, returnValue } from './return-value.ts';

const REFUSALS: readonly number[] = [
  RETURN_VALUE.PIN_INCORRECT,
  RETURN_VALUE.PIN_INVALID,
  RETURN_VALUE.PIN_LEN_RANGE,
  RETURN_VALUE.PIN_EXPIRED,
  RETURN_VALUE.PIN_LOCKED,
];

function refused(reason: string, message: string): FieldsealError {
  return new FieldsealError('ERR_ROOT_REFUSED', message, { reason });
}

function checkFlags(flags: number): void {
  if ((flags & CK.TOKEN.USER_PIN_LOCKED) !== 0) {
    throw refused('CKR_PIN_LOCKED', 'The token is locked: too many wrong PINs');
  }
  // the last try is for somebody who sees what happens
  if ((flags & CK.TOKEN.USER_PIN_FINAL_TRY) !== 0) {
    const message =
      'One more wrong PIN locks the token: log in once with the tool of its vendor, then start again';
    throw refused('PIN_FINAL_TRY', message);
  }
}

/**
 * Logs the process in to a token, once and never again with the same PIN.
 * @throws `ERR_ROOT_REFUSED`; `ERR_CONFIG_INVALID` when there is no PIN
 */
export function logIn(
  calls: Cryptoki,
  session: Handle,
  flags: number,
  pin: string | undefined,
): void {
  if ((flags & CK.TOKEN.LOGIN_REQUIRED) === 0) return;
  if (pin === undefined) {
    throw new FieldsealError('ERR_CONFIG_INVALID', 'The token asks for a PIN', { option: 'pin' });
  }
  checkFlags(flags);
  try {
    calls.C_Login(session, CK.USER, pin);
  } catch (error) {
    const value = returnValue(error);
    if (value === RETURN_VALUE.USER_ALREADY_LOGGED_IN) return;
    if (value !== undefined && REFUSALS.includes(value)) {
      throw refused(returnName(error), 'The token refuses the PIN');
    }
    throw error;
  }
}
