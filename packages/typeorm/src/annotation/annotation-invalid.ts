import { FieldsealError } from '@fieldseal/core';

/** @returns `ERR_ANNOTATION_INVALID` that names the property and says what to write instead. */
export function annotationInvalid(
  entity: string,
  property: string,
  reason: string,
): FieldsealError {
  const meta = { model: entity, field: property };
  return new FieldsealError('ERR_ANNOTATION_INVALID', `${entity}.${property}: ${reason}`, meta);
}
