import { FieldsealError } from '@fieldseal/core';
import type { ValueTransformer } from 'typeorm';
import { Parameter } from './parameter.ts';

/** The transformer of a token column: the application neither writes tokens nor sees them. */
export class TokenTransformer implements ValueTransformer {
  /** @throws FieldsealError `ERR_OPERATOR_UNSUPPORTED` for a value of the application */
  to(value: unknown): unknown {
    if (value === null || value === undefined || value instanceof Parameter) return value;
    const message = 'A token column takes no value: name the sealed field, not its token column';
    throw new FieldsealError('ERR_OPERATOR_UNSUPPORTED', message);
  }

  from(): undefined {
    return undefined;
  }
}
