import type { Keyring, ManifestField } from '@fieldseal/core';

/**
 * Ids of indexes of a field that are in use in the key store, and not in its manifest: their annotation was
 * removed without `index drop`. Values are written without their tokens, and old tokens go on telling.
 */
export function forgottenIndexes(keyring: Keyring, field: ManifestField): readonly string[] {
  const known = new Set(field.indexes.map(({ id }) => id));
  return keyring.indexesOf(field.id).filter((id) => !known.has(id));
}
