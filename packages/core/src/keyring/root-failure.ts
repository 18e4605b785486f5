import { FieldsealError } from '../errors/fieldseal-error.ts';

/** What a driver threw, as an error of Fieldseal: nothing else of it is passed on. */
export function rootFailure(error: unknown): FieldsealError {
  if (error instanceof FieldsealError) return error;
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', 'A root failed');
}
