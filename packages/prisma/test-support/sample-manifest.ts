import type { ManifestField, ManifestIndex } from '@fieldseal/core';
import type { PrismaField, PrismaManifest } from '../src/manifest/prisma-manifest.ts';

function scalar(name: string, type = 'String', more: Partial<PrismaField> = {}): PrismaField {
  return { kind: 'scalar', type, isList: false, isRequired: true, column: name, ...more };
}

function relation(type: string, more: Partial<PrismaField> = {}): PrismaField {
  return { kind: 'relation', type, isList: false, isRequired: true, from: [], to: [], ...more };
}

function index(field: string, name: string, part?: string): ManifestIndex {
  return {
    id: `${field}.${part ?? 'equality'}`,
    kind: part === undefined ? 'equality' : 'part',
    ...(part !== undefined && { part }),
    name,
    column: name,
    normalizer: 'digits@1',
  };
}

function field(table: string, name: string, more: Partial<ManifestField> = {}): ManifestField {
  return {
    name,
    column: name,
    id: `${table}.${name}`,
    type: 'string',
    storage: 'text',
    nullable: true,
    key: null,
    bind: 'row',
    indexes: [],
    ...more,
  };
}

const UUID = { default: { name: 'uuid' } };

/** A tenant's customers with cards (to many), a profile (to one) and notes that are not row-bound. */
export const sampleManifest: PrismaManifest = {
  version: 1,
  adapter: 'prisma',
  models: [
    {
      name: 'Customer',
      table: 'Customer',
      primaryKey: [{ name: 'id', column: 'id', type: 'text' }],
      fields: [
        field('Customer', 'aadhaar', {
          scope: 'tenantId',
          indexes: [index('Customer.aadhaar', 'aadhaarToken')],
        }),
        field('Customer', 'address', { scope: 'tenantId', type: 'json' }),
      ],
    },
    {
      name: 'Card',
      table: 'Card',
      primaryKey: [{ name: 'id', column: 'id', type: 'text' }],
      fields: [
        field('Card', 'number', {
          nullable: false,
          indexes: [
            index('Card.number', 'numberToken'),
            index('Card.number', 'numberLast4', 'last4'),
          ],
        }),
      ],
    },
    {
      name: 'Profile',
      table: 'Profile',
      primaryKey: [{ name: 'id', column: 'id', type: 'text' }],
      fields: [field('Profile', 'ssn', { indexes: [index('Profile.ssn', 'ssnToken')] })],
    },
    {
      name: 'Note',
      table: 'Note',
      primaryKey: [{ name: 'id', column: 'id', type: 'int' }],
      fields: [
        field('Note', 'body', { bind: 'field' }),
        field('Note', 'sum', { bind: 'field', type: 'decimal' }),
      ],
    },
    {
      name: 'Ward',
      table: 'Ward',
      primaryKey: [{ name: 'id', column: 'id', type: 'text' }],
      fields: [
        field('Ward', 'beds', {
          scope: 'hospital',
          type: 'bigint',
          indexes: [index('Ward.beds', 'bedsToken')],
        }),
      ],
    },
  ],
  graph: {
    Tenant: {
      name: 'Tenant',
      table: 'Tenant',
      fields: {
        id: scalar('id'),
        name: scalar('name'),
        customers: relation('Customer', { isList: true, relation: 'customers' }),
        guests: relation('Customer', { isList: true, relation: 'guests' }),
        owner: relation('Customer', { relation: 'owner', from: ['ownerId'], to: ['id'] }),
        ownerId: scalar('ownerId'),
      },
      uniques: [unique(['id'], ['id'], true)],
    },
    Customer: {
      name: 'Customer',
      table: 'Customer',
      fields: {
        id: scalar('id', 'String', UUID),
        tenant: relation('Tenant', { relation: 'customers', from: ['tenantId'], to: ['id'] }),
        visited: relation('Tenant', { isList: true, relation: 'guests' }),
        owned: relation('Tenant', { isList: true, relation: 'owner' }),
        tenantId: scalar('tenantId'),
        aadhaar: scalar('aadhaar', 'String', { isRequired: false }),
        aadhaarToken: scalar('aadhaarToken', 'Bytes', { isRequired: false }),
        address: scalar('address', 'String', { isRequired: false }),
        email: scalar('email', 'String', { isRequired: false }),
        cards: relation('Card', { isList: true }),
        profile: relation('Profile', { isRequired: false }),
      },
      uniques: [
        unique(['id'], ['id'], true),
        unique(['tenantId', 'aadhaar'], ['tenantId', 'aadhaarToken']),
      ],
    },
    Card: {
      name: 'Card',
      table: 'Card',
      fields: {
        id: scalar('id', 'String', UUID),
        number: scalar('number'),
        numberToken: scalar('numberToken', 'Bytes'),
        numberLast4: scalar('numberLast4', 'Bytes'),
        label: scalar('label', 'String', { isRequired: false }),
        limit: scalar('limit', 'Int'),
        customer: relation('Customer', { from: ['customerId'], to: ['id'] }),
        customerId: scalar('customerId'),
      },
      uniques: [unique(['id'], ['id'], true), unique(['number'], ['numberToken'])],
    },
    Profile: {
      name: 'Profile',
      table: 'Profile',
      fields: {
        id: scalar('id', 'String', UUID),
        ssn: scalar('ssn', 'String', { isRequired: false }),
        ssnToken: scalar('ssnToken', 'Bytes', { isRequired: false }),
        bio: scalar('bio', 'String', { isRequired: false }),
        customer: relation('Customer', { from: ['customerId'], to: ['id'] }),
        customerId: scalar('customerId'),
      },
      uniques: [
        unique(['id'], ['id'], true),
        unique(['ssn'], ['ssnToken']),
        unique(['customerId'], ['customerId']),
      ],
    },
    Note: {
      name: 'Note',
      table: 'Note',
      fields: {
        id: scalar('id', 'Int', { default: { name: 'autoincrement' } }),
        body: scalar('body', 'String', { isRequired: false }),
        sum: scalar('sum', 'String', { isRequired: false }),
        topic: scalar('topic', 'String', { isRequired: false }),
      },
      uniques: [unique(['id'], ['id'], true)],
    },
    Ward: {
      name: 'Ward',
      table: 'Ward',
      fields: {
        id: scalar('id', 'String', UUID),
        hospital: scalar('hospital', 'Int'),
        floor: scalar('floor', 'Int'),
        beds: scalar('beds', 'String', { isRequired: false }),
        bedsToken: scalar('bedsToken', 'Bytes', { isRequired: false }),
      },
      uniques: [
        unique(['id'], ['id'], true),
        unique(['hospital', 'beds'], ['hospital', 'bedsToken']),
      ],
    },
    Plain: {
      name: 'Plain',
      table: 'Plain',
      fields: { id: scalar('id', 'String', UUID), value: scalar('value') },
      uniques: [unique(['id'], ['id'], true)],
    },
  },
};

function unique(
  fields: readonly string[],
  physicalFields: readonly string[],
  isPrimaryKey = false,
): PrismaManifest['graph'][string]['uniques'][number] {
  const name = fields.join('_');
  return { name, physicalName: physicalFields.join('_'), fields, physicalFields, isPrimaryKey };
}
