import { ALIAS } from '../alias.ts';

/** A uuid, as ids of keys are written. */
export const KEY_ID: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What somebody brings along who comes from AWS; it names no key here. */
const ARN =
  /^arn:aws[a-z-]{0,16}:kms:[a-z0-9-]{0,32}:[0-9]{0,12}:(key|alias)\/[A-Za-z0-9/_-]{1,256}$/;

/**
 * Whether a text can be meant as the name of a key. Whatever else stands in its place may be a value
 * that was put there by mistake, and is repeated nowhere.
 */
export function isKeyName(given: string): boolean {
  return KEY_ID.test(given) || ALIAS.test(given) || ARN.test(given);
}
