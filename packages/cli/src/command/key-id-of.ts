import { FieldsealError, type Keyring } from '@fieldseal/core';

/**
 * The id of a key, which most operations take instead of an alias: what an alias names can change
 * between looking and doing.
 * @throws `ERR_KEY_NOT_FOUND`
 */
export function keyIdOf(keyring: Keyring, name: string): string {
  if (!name.startsWith('alias/')) return name;
  const key = keyring.listKeys().find(({ aliases }) => aliases.includes(name));
  if (key !== undefined) return key.keyId;
  throw new FieldsealError('ERR_KEY_NOT_FOUND', `There is no key with the alias ${name}`, {
    alias: name,
  });
}
