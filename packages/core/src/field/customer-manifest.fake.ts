import type {
  Manifest,
  ManifestField,
  ManifestIndex,
  ManifestModel,
} from '../manifest/manifest.ts';

export const ID = '0190f1c2-0000-7000-8000-000000000001';
export const OTHER_ID = '0190f1c2-0000-7000-8000-000000000002';

export function field(name: string, over: Partial<ManifestField> = {}): ManifestField {
  return {
    name,
    column: name,
    id: `customer.${name}`,
    type: 'string',
    storage: 'text',
    nullable: true,
    key: 'alias/kyc',
    scope: 'tenantId',
    bind: 'row',
    indexes: [],
    ...over,
  };
}

export const equality = (name: string, normalizer = 'digits@1'): ManifestIndex => ({
  id: `customer.${name}.equality`,
  kind: 'equality',
  name: `${name}Token`,
  column: `${name}_token`,
  normalizer,
});
export const part = (name: string, kind: string, normalizer = 'raw@1'): ManifestIndex => ({
  id: `customer.${name}.${kind}`,
  kind: 'part',
  part: kind,
  name: `${name}_${kind}`,
  column: `${name}_${kind}`,
  normalizer,
  acceptLeakage: 'test',
});

export const customer: ManifestModel = {
  name: 'Customer',
  table: 'customers',
  primaryKey: [{ name: 'id', column: 'id', type: 'uuid' }],
  fields: [
    field('aadhaar', { indexes: [equality('aadhaar'), part('aadhaar', 'last4', 'digits@1')] }),
    field('dob', { type: 'date', bind: 'field', indexes: [part('dob', 'year')] }),
    field('scan', { type: 'bytes', storage: 'bytes', bind: 'field' }),
    field('note', { type: 'json', subject: 'personId' }),
  ],
};
const { scope: _, ...code } = field('code', {
  id: 'plain.code',
  bind: 'field',
  key: null,
  indexes: [{ ...equality('code', 'raw@1'), id: 'plain.code.equality' }],
});
const plain: ManifestModel = { name: 'Plain', table: 'plain', primaryKey: [], fields: [code] };

/** Row-bound, field-bound, binary and subject-scoped fields; and one of no tenant. */
export const manifest: Manifest = { version: 1, adapter: 'prisma', models: [customer, plain] };
