import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ImportWrapping } from './import-wrapping.ts';

/** Key material is imported by an operator, on Node. */
export const importWrapping: ImportWrapping = {
  createKeyPair() {
    const message = 'This platform has no RSA: import key material from Node';
    return Promise.reject(new FieldsealError('ERR_ENGINE_UNAVAILABLE', message));
  },
  unwrap: () => null,
};
