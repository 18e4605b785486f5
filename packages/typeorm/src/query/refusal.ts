import { FieldsealError } from '@fieldseal/core';

export interface RefusedPlace {
  readonly model: string;
  readonly field: string;
  readonly operator: string;
}

/** What cannot be answered or written exactly: an error, and no statement is sent. */
export function refusal({ model, field, operator }: RefusedPlace, why: string): FieldsealError {
  return new FieldsealError(
    'ERR_OPERATOR_UNSUPPORTED',
    `${model}.${field} does not take ${operator}: ${why}`,
    { model, field, operator },
  );
}
