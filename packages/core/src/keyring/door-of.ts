import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyDoor } from './key-door.ts';
import type { Keyring } from './keyring.ts';

const doors = new WeakMap<object, KeyDoor>();

/** Lets the layers above reach keys through the keyring that an application holds. */
export function giveDoor(keyring: Keyring, door: KeyDoor): void {
  doors.set(keyring, door);
}

/**
 * The way from a keyring to its keys: for the layers above inside this package, never exported.
 * @throws `ERR_CONFIG_INVALID` for anything that `openKeyring` did not make.
 */
export function doorOf(keyring: Keyring): KeyDoor {
  const door = typeof keyring === 'object' && keyring !== null ? doors.get(keyring) : undefined;
  if (door === undefined) {
    throw new FieldsealError(
      'ERR_CONFIG_INVALID',
      'Not what openKeyring() of this copy of @fieldseal/core resolves to; await it',
      {
        option: 'keyring',
      },
    );
  }
  return door;
}
