import { FieldsealError } from '@fieldseal/core';
import type { ValueTransformer } from 'typeorm';
import { Parameter } from './parameter.ts';

/** The transformer of an old column: the application neither writes it nor sees it. */
export class OldTransformer implements ValueTransformer {
  /** @throws FieldsealError `ERR_OPERATOR_UNSUPPORTED` for a value of the application */
  to(value: unknown): unknown {
    if (value === null || value === undefined || value instanceof Parameter) return value;
    const message = 'An old column takes no value: name the sealed field, not its old column';
    throw new FieldsealError('ERR_OPERATOR_UNSUPPORTED', message);
  }

  from(): undefined {
    return undefined;
  }
}
