import { FieldsealError } from '../../errors/fieldseal-error.ts';

/** The answer to a dry run that would have succeeded, as AWS KMS gives it: an error. */
export function dryRun(operation: string, keyId: string): FieldsealError {
  const message = 'The call would have succeeded; it was a dry run';
  return new FieldsealError('ERR_DRY_RUN', message, { operation, keyId });
}
