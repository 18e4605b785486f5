import { encodeContext } from '../bytes/context.ts';
import type { RegistryEntry } from '../keyring/key-door.ts';
import type { Manifest, ManifestField, ManifestIndex, ManifestModel } from './manifest.ts';

/**
 * What the key store's registry keeps of a manifest: everything that would make stored cells
 * unreadable or stored tokens unfindable if it changed.
 */
export function registryEntries(manifest: Manifest): readonly RegistryEntry[] {
  return manifest.models.flatMap((model) =>
    model.fields.flatMap((field) => [
      fieldEntry(model, field),
      ...field.indexes.map((index) => indexEntry(model, field, index)),
    ]),
  );
}

function tableOf({ schema, table }: ManifestModel): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

function fieldEntry(model: ManifestModel, field: ManifestField): RegistryEntry {
  return {
    id: field.id,
    kind: 'field',
    fieldId: field.id,
    table: tableOf(model),
    column: field.column,
    type: field.type,
    bind: field.bind,
    normalizer: null,
    params: null,
  };
}

function indexEntry(
  model: ManifestModel,
  field: ManifestField,
  index: ManifestIndex,
): RegistryEntry {
  // Tokens that were per tenant are not found by a global lookup, and the reverse: no error would
  // tell, so the choice is registered although it is no parameter of the token key.
  const perTenant = field.scope !== undefined && index.global === undefined;
  return {
    id: index.id,
    kind: 'index',
    fieldId: field.id,
    table: tableOf(model),
    column: index.column,
    type: index.part ?? index.kind,
    bind: null,
    normalizer: index.normalizer,
    params: encodeContext({ tenants: perTenant ? 'each' : 'all' }),
  };
}
