import { type ErrorMeta, FieldsealError } from '../errors/fieldseal-error.ts';

/**
 * The same error with what its thrower could not know: model, field, operation, row. Anything that
 * is not an error of ours comes from the application's own objects (a getter, a `toJSON`) and may
 * quote the value, so nothing of it is kept.
 */
export function atPlace(error: unknown, place: ErrorMeta): FieldsealError {
  const where = [place.model, place.field].filter((name) => name !== undefined).join('.');
  if (!(error instanceof FieldsealError)) {
    const message = `${where}: a value could not be read; its error is not shown, as it may quote it`;
    return new FieldsealError('ERR_VALUE_TYPE', message, place);
  }
  const message =
    where === '' || error.message.startsWith(where) ? error.message : `${where}: ${error.message}`;
  return new FieldsealError(error.code, message, { ...error.meta, ...place });
}
