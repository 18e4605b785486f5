import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { encryptedColumns, equality, fieldseal, last4, unique } from '@fieldseal/typeorm';
import { DataSource, EntitySchema } from 'typeorm';

const sealed = encryptedColumns(
  {
    number: {
      normalize: 'digits',
      index: { numberToken: unique(), numberLast4: last4({ acceptLeakage: 'support' }) },
    },
    holder: { nullable: true, index: { holderToken: equality() } },
  },
  { key: 'alias/kyc' },
);

const Card = new EntitySchema({
  name: 'Card',
  tableName: 'card',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    label: { type: 'text', nullable: true },
    ...sealed.columns,
  },
  indices: [...sealed.indices],
});

const keyring = await openKeyring({
  store: createMemoryStore(),
  roots: [memoryRoot()],
  environment: 'test',
  development: true,
  createMissingAliases: true,
});

/** What the command line of TypeORM is given, as in a project of JavaScript. */
export const dataSource = fieldseal(
  new DataSource({
    type: 'postgres',
    url: process.env.DATABASE_URL,
    entities: [Card],
    migrations: [`${process.env.MIGRATIONS}/*.js`],
  }),
  { keyring },
);
