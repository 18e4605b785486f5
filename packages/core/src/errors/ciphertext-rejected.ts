import { type ErrorMeta, FieldsealError } from './fieldseal-error.ts';

/**
 * Altered, moved to another place, cut short, or sealed under another key. One message for all of
 * them and no cause: telling which would be an oracle.
 */
export function ciphertextRejected(meta: ErrorMeta = {}): FieldsealError {
  return new FieldsealError('ERR_CIPHERTEXT_REJECTED', 'Ciphertext rejected', meta);
}
