import { FieldsealError } from '../errors/fieldseal-error.ts';

/** A bug of the caller: wiped keys must not seal anything, least of all under zeros. */
export function keyDestroyed(): FieldsealError {
  return new FieldsealError('ERR_INTERNAL', 'The key was given back');
}
