import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { defineConfig } from 'fieldseal';
import { peopleManifest } from './manifest.ts';

const database = process.env.DATABASE_URL ?? '';

export default defineConfig({
  keyring: {
    store: postgresStore(database),
    roots: [devFileRoot({ path: process.env.ROOT_FILE ?? '' })],
    environment: 'test',
    development: true,
  },
  database,
  manifest: peopleManifest(process.env.PHASE),
});
