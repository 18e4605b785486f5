import { type ErrorCode, FieldsealError } from '@fieldseal/core';

/** Where in the application's arguments a refused thing stands. */
export interface RefusedPlace {
  readonly model: string;
  readonly field: string;
  readonly operation: string;
  /** What was asked of the field, such as `contains`, `orderBy` or `increment`. */
  readonly operator: string;
}

/**
 * The error for something that a sealed field cannot do. Returned, so that the caller throws it
 * where the compiler sees that control ends.
 */
export function refusal(
  place: RefusedPlace,
  why: string,
  code: ErrorCode = 'ERR_OPERATOR_UNSUPPORTED',
): FieldsealError {
  const { model, field, operator, operation } = place;
  return new FieldsealError(
    code,
    `${model}.${field} in ${operation}: '${operator}' is refused, ${why}`,
    { model, field, operation, operator },
  );
}
