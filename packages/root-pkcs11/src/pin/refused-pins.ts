import { createHmac, randomBytes } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';

// Tokens count wrong PINs for the process, not for an object of it: so is what is remembered.
const key = randomBytes(32);
const refused = new Map<string, string>();

function digest(pin: Uint8Array): string {
  return createHmac('sha256', key).update(pin).digest('base64');
}

/**
 * Few wrong PINs lock a token for ever, and a keyring asks its roots again and again: without this, one
 * typing error would take all attempts. PINs are remembered as HMACs under a key of this process.
 *
 * @throws `ERR_ROOT_REFUSED` with the reason `PIN_KNOWN_WRONG`, and the token was not asked
 */
export function requireUntriedPin(token: string, pin: Uint8Array): void {
  if (refused.get(token) !== digest(pin)) return;
  const message = 'The PIN was wrong before and is not tried again';
  throw new FieldsealError('ERR_ROOT_REFUSED', message, { reason: 'PIN_KNOWN_WRONG' });
}

/** To be called when a token has refused a PIN. */
export function rememberRefusedPin(token: string, pin: Uint8Array): void {
  refused.set(token, digest(pin));
}
