import { FieldsealError } from '../../errors/fieldseal-error.ts';

/** A request that is malformed, whoever makes it. */
export function invalidRequest(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_REQUEST_INVALID', message, { option });
}

/** Checks that a request is an object of known members, as a misspelt one would be ignored. */
export function checkMembers(request: unknown, known: readonly string[]): void {
  if (typeof request !== 'object' || request === null) {
    throw invalidRequest('request', 'Must be an object');
  }
  for (const name of Object.keys(request)) {
    if (!known.includes(name)) throw invalidRequest(name, 'Unknown parameter');
  }
}

/** A whole number in a range, or the default. */
export function wholeNumber(
  option: string,
  value: unknown,
  range: { readonly least: number; readonly most: number; readonly otherwise?: number },
): number {
  const { least, most, otherwise } = range;
  const given = value === undefined ? otherwise : value;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < least || given > most) {
    throw invalidRequest(option, `Must be a whole number from ${least} to ${most}`);
  }
  return given;
}

/** One of a closed list, or the default. */
export function oneOf<Value extends string>(
  option: string,
  value: unknown,
  allowed: readonly Value[],
  otherwise?: Value,
): Value {
  const given = value === undefined ? otherwise : value;
  if (!allowed.includes(given as Value)) {
    throw invalidRequest(option, `Must be one of ${allowed.join(', ')}`);
  }
  return given as Value;
}

/** Well-formed text of a bounded length. */
export function boundedText(option: string, value: unknown, least: number, most: number): string {
  const fits = typeof value === 'string' && value.length >= least && value.length <= most;
  // U+0000 is no text to Postgres, and half a surrogate pair would come back as another character
  if (!fits || value.includes('\0') || !value.isWellFormed()) {
    throw invalidRequest(option, `Must be text of ${least} to ${most} characters`);
  }
  return value;
}

/** Bytes of a bounded length. */
export function boundedBytes(
  option: string,
  value: unknown,
  least: number,
  most: number,
): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most) {
    throw invalidRequest(option, `Must be a Uint8Array of ${least} to ${most} bytes`);
  }
  return value;
}

/** True, false, or absent for false. */
export function flag(option: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalidRequest(option, 'Must be true or false');
  }
  return value === true;
}

/** A valid point in time, or absent. */
export function optionalDate(option: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw invalidRequest(option, 'Must be a valid Date');
  }
  return value;
}
