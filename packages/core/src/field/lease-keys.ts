import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyDoor, KeyLease, KeyRequest } from '../keyring/key-door.ts';
import { atPlace } from './at-place.ts';

function nothingLeased(): never {
  throw new FieldsealError('ERR_INTERNAL', 'A key was used that was not asked for');
}

const NOTHING: KeyLease = {
  sealing: nothingLeased,
  opening: nothingLeased,
  index: nothingLeased,
  release() {},
};

/**
 * Errors of the door learn which call they stopped.
 * @param request - `undefined` when no key is needed: the door is not asked then.
 */
export async function leaseKeys(door: KeyDoor, request: KeyRequest | undefined): Promise<KeyLease> {
  if (request === undefined) return NOTHING;
  try {
    return await door.lease(request);
  } catch (error) {
    throw error instanceof FieldsealError
      ? atPlace(error, { operation: request.operation })
      : error;
  }
}
