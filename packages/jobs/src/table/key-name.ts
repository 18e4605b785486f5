import type { Manifest, ManifestField } from '@fieldseal/core';

/** The alias of the key that a field is sealed under. */
export function keyNameOf({ adapter }: Pick<Manifest, 'adapter'>, { key }: ManifestField): string {
  return key ?? `alias/fieldseal/${adapter}`;
}
