import { encodeContext } from '../bytes/context.ts';
import type { RegistryEntry } from '../keyring/key-door.ts';
import type { Manifest, ManifestField, ManifestIndex, ManifestModel } from './manifest.ts';

/**
 * What the key store's registry keeps of a manifest: everything that would make stored cells
 * unreadable or stored tokens unfindable if it changed.
 */
export function registryEntries(manifest: Manifest): readonly RegistryEntry[] {
  const tables = manifest.models.filter(({ view }) => view !== true);
  return tables.flatMap((model) =>
    model.fields.flatMap((field) => [
      fieldEntry(manifest, model, field),
      ...field.indexes.map((index) => indexEntry(manifest, model, field, index)),
    ]),
  );
}

/** The key of a field that names none is the service-managed one of its adapter. */
export function keyAliasOf({ adapter }: Manifest, { key }: ManifestField): string {
  return key ?? `alias/fieldseal/${adapter}`;
}

function tableOf({ schema, table }: ManifestModel): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

function fieldEntry(manifest: Manifest, model: ManifestModel, field: ManifestField): RegistryEntry {
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
    key: keyAliasOf(manifest, field),
    ...(field.phase === undefined ? {} : { startsIn: field.phase }),
  };
}

function indexEntry(
  manifest: Manifest,
  model: ManifestModel,
  field: ManifestField,
  index: ManifestIndex,
): RegistryEntry {
  // Tokens that were per tenant are not found by a global lookup, and the reverse; nor are tokens
  // under one key found under another. No error would tell, so both choices are registered
  // although they are no parameters of the token key.
  const perTenant = field.scope !== undefined && index.global === undefined;
  const key = keyAliasOf(manifest, field);
  return {
    id: index.id,
    kind: 'index',
    fieldId: field.id,
    table: tableOf(model),
    column: index.column,
    type: index.part ?? index.kind,
    bind: null,
    normalizer: index.normalizer,
    params: encodeContext({ tenants: perTenant ? 'each' : 'all', key }),
  };
}
