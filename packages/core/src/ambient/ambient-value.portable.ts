import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { CreateAmbientValue } from './ambient-value.ts';

/** Without AsyncLocalStorage a value could leak into a call beside it, so there is none. */
export const createAmbientValue: CreateAmbientValue = (outside) => ({
  current: () => outside,
  run() {
    const message = 'This platform has no AsyncLocalStorage: say in each call what it is for';
    return Promise.reject(new FieldsealError('ERR_ENGINE_UNAVAILABLE', message));
  },
});
