import { FieldsealError } from '@fieldseal/core';
import type { Pkcs11TokenName } from '../pkcs11-root-options.ts';
import type { Cryptoki, Handle } from './cryptoki.ts';

/** A token that is there. */
export interface FoundToken {
  readonly slot: Handle;
  /** `CKF_...` of it. */
  readonly flags: number;
}

// labels and serial numbers are padded with blanks, by some modules with zeros
const trimmed = (text: string): string => text.replace(/[\0 ]+$/, '');

/**
 * The one token of a name. A token that cannot be asked is none of that name.
 * @throws `ERR_ROOT_UNAVAILABLE` when there is none, `ERR_CONFIG_INVALID` when there are several
 */
export function findToken(calls: Cryptoki, name: Pkcs11TokenName): FoundToken {
  const found = calls.C_GetSlotList(true).flatMap((slot) => {
    try {
      const { label, serialNumber, flags } = calls.C_GetTokenInfo(slot);
      const isIt =
        (name.label ?? trimmed(label)) === trimmed(label) &&
        (name.serial ?? trimmed(serialNumber)) === trimmed(serialNumber);
      return isIt ? [{ slot, flags }] : [];
    } catch {
      return [];
    }
  });
  const [token, ...others] = found;
  if (token === undefined) {
    const message = 'There is no token of that name: it is not plugged in, or does not answer';
    throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'TOKEN_ABSENT' });
  }
  if (others.length > 0) {
    const message = 'Several tokens have that name: give the serial number as well';
    throw new FieldsealError('ERR_CONFIG_INVALID', message, {
      option: 'token',
      reason: 'TOKEN_AMBIGUOUS',
    });
  }
  return token;
}
