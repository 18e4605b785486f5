import { createIdentityPolicy } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { defineConfig } from 'fieldseal';
import { peopleManifest } from './manifest.ts';

const database = process.env.DATABASE_URL ?? '';
const approver = process.env.APPROVER;

export default defineConfig({
  keyring: {
    store: postgresStore(database),
    roots: [devFileRoot({ path: process.env.ROOT_FILE ?? '' })],
    environment: 'test',
    development: true,
    access: {
      identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])],
      ...(approver === undefined ? {} : { approvers: { 'user/carol': approver } }),
    },
  },
  database,
  settleMs: Number(process.env.SETTLE_MS ?? 16_000),
  manifest: peopleManifest(process.env.PHASE, process.env.KEY_ALIAS),
});
