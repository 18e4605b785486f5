import { createHmac, randomBytes } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import { isResponse } from '../command/tpm-response-code.ts';

/** Remembers which PIN was wrong for which slot, so that no PIN is tried twice. */
export interface RefusedPins {
  /**
   * Uses a PIN, unless it was wrong before.
   * @throws `ERR_ROOT_REFUSED` with the reason `PIN_KNOWN_WRONG`, and nothing was asked
   */
  attempt<T>(slot: Buffer, pin: Buffer, use: () => Promise<T>): Promise<T>;
}

/**
 * Few wrong PINs lock a TPM out, and a keyring asks its roots again and again: without this one typing
 * error would take all attempts. PINs are remembered as HMACs under a key of this process.
 */
export function createRefusedPins(): RefusedPins {
  const key = randomBytes(32);
  const refused = new Map<string, string>();
  return {
    async attempt(slot, pin, use) {
      const digest = createHmac('sha256', key).update(pin).digest('base64');
      const name = slot.toString('base64');
      if (refused.get(name) === digest) {
        const message = 'The PIN was wrong before and is not tried again';
        throw new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'PIN_KNOWN_WRONG' });
      }
      try {
        const result = await use();
        refused.delete(name);
        return result;
      } catch (error) {
        if (isResponse(error, 'AUTH_FAIL', 'BAD_AUTH')) refused.set(name, digest);
        throw error;
      }
    },
  };
}
