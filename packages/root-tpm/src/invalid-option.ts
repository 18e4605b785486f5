import { FieldsealError } from '@fieldseal/core';

/** @returns `ERR_CONFIG_INVALID`; the option is named, never shown. */
export function invalidOption(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}
