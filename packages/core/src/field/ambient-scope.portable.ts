import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Scope } from '../keyring/key-door.ts';
import type { AmbientScope } from './ambient-scope.ts';

const OUTSIDE: Scope = Object.freeze({});

/** Without AsyncLocalStorage a scope could leak into a call beside it, so there is none. */
export const ambientScope: AmbientScope = {
  current: () => OUTSIDE,
  run() {
    const message = 'This platform has no AsyncLocalStorage: name tenant and subject in each call';
    return Promise.reject(new FieldsealError('ERR_ENGINE_UNAVAILABLE', message));
  },
};
