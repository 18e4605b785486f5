import { FieldsealError } from '../errors/fieldseal-error.ts';

/** An option that is missing, malformed, out of its range or unknown. */
export function invalidOption(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}
