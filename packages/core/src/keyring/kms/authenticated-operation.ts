import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { Principals } from '../principal.ts';
import type { Operation } from './audited-operation.ts';

function isInvalidRequest(error: unknown): boolean {
  return error instanceof FieldsealError && error.code === 'ERR_REQUEST_INVALID';
}

/**
 * Lets an operation tell nothing to whoever does not say who asks, such as which keys there are: all
 * they learn is that their request is malformed.
 */
export function authenticated(operation: Operation, principals: Principals): Operation {
  return async (request) => {
    try {
      return await operation(request);
    } catch (error) {
      if (!isInvalidRequest(error)) principals.current();
      throw error;
    }
  };
}
