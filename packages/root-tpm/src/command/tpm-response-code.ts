import { FieldsealError } from '@fieldseal/core';

/** Codes by which something is decided, or that an operator may meet (part 2, section 6.6). */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x100, 'INITIALIZE'],
  [0x101, 'FAILURE'],
  [0x120, 'DISABLED'],
  [0x128, 'PCR_CHANGED'],
  [0x12f, 'AUTH_UNAVAILABLE'],
  [0x143, 'COMMAND_CODE'],
  [0x82, 'ATTRIBUTES'],
  [0x84, 'VALUE'],
  [0x8b, 'HANDLE'],
  [0x8e, 'AUTH_FAIL'],
  [0x95, 'SIZE'],
  [0x9a, 'INSUFFICIENT'],
  [0x9b, 'SIGNATURE'],
  [0x9d, 'POLICY_FAIL'],
  [0x9f, 'INTEGRITY'],
  [0xa2, 'BAD_AUTH'],
  [0xa5, 'BINDING'],
  [0xa6, 'CURVE'],
  [0xa7, 'ECC_POINT'],
  [0x902, 'OBJECT_MEMORY'],
  [0x903, 'SESSION_MEMORY'],
  [0x908, 'YIELDED'],
  [0x90a, 'TESTING'],
  [0x921, 'LOCKOUT'],
  [0x922, 'RETRY'],
]);

/** The TPM has not done it yet, and says to send the same bytes again. */
const AGAIN: ReadonlySet<string> = new Set(['RETRY', 'YIELDED', 'TESTING']);

/** The TPM answered, and gives nothing until somebody does something. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['LOCKOUT', 'The TPM is locked out after wrong PINs'],
  ['AUTH_FAIL', 'The TPM refuses the PIN'],
  ['BAD_AUTH', 'The TPM refuses the authorisation'],
  ['POLICY_FAIL', 'The policy of the slot is not met'],
  ['SIGNATURE', 'The TPM refuses the signature of a policy'],
]);

/** `RETRY` for 0x922; the place that a code of format 1 names is left out. */
export function responseName(code: number): string {
  const base = (code & 0x80) === 0 ? code & 0xfff : code & 0xbf;
  return NAMES.get(base) ?? `0x${base.toString(16)}`;
}

export const isAgain = (code: number): boolean => AGAIN.has(responseName(code));

/** What a code of a TPM is to a caller: `ERR_ROOT_REFUSED` or `ERR_ROOT_UNAVAILABLE`. */
export function responseError(code: number): FieldsealError {
  const name = responseName(code);
  const meta = { reason: `TPM_RC_${name}` };
  const refusal = REFUSALS.get(name);
  if (refusal !== undefined) return new FieldsealError('ERR_ROOT_REFUSED', refusal, meta);
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', 'The TPM reports an error', meta);
}

/** Whether a call failed by one of these codes. */
export function isResponse(error: unknown, ...names: readonly string[]): boolean {
  return (
    error instanceof FieldsealError && names.some((name) => error.meta.reason === `TPM_RC_${name}`)
  );
}
