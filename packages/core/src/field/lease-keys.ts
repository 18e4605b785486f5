import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyDoor, KeyLease, KeyRequest } from '../keyring/key-door.ts';
import { atPlace } from './at-place.ts';

/** Errors of the door learn which call they stopped. */
export async function leaseKeys(door: KeyDoor, request: KeyRequest): Promise<KeyLease> {
  try {
    return await door.lease(request);
  } catch (error) {
    throw error instanceof FieldsealError
      ? atPlace(error, { operation: request.operation })
      : error;
  }
}
