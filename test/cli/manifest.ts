import type { Manifest, ManifestField, ManifestIndex } from '@fieldseal/core';

const equality: ManifestIndex = {
  id: 'people.pan.equality',
  kind: 'equality',
  normalizer: 'digits@1',
  name: 'panToken',
  column: 'pan_token',
};

/** The manifest of the table that the command line is tested on. */
export function peopleManifest(phase: string | undefined, key?: string, hasIndex = true): Manifest {
  const open = ['plain', 'migrating', 'leaving'] as const;
  const accepted = open.find((each) => each === phase);
  const pan: ManifestField = {
    name: 'pan',
    column: 'pan',
    id: 'people.pan',
    type: 'string',
    storage: 'text',
    nullable: true,
    key: key ?? null,
    scope: 'tenantId',
    bind: 'row',
    ...(accepted === undefined ? {} : { phase: accepted }),
    indexes: hasIndex ? [equality] : [],
  };
  const model = {
    name: 'Person',
    table: 'people',
    primaryKey: [{ name: 'id', column: 'id', type: 'int' as const }],
    scopeColumns: [{ name: 'tenantId', column: 'tenant_id' }],
    fields: [pan],
  };
  return { version: 1, adapter: 'test', models: [model] };
}
