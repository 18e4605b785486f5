import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { Pool } from 'pg';
import { describeAuditStore } from '../conformance/audit-store-conformance.ts';
import { describeIndexKeys } from '../conformance/index-key-conformance.ts';
import { describeKeyPages } from '../conformance/key-pages-conformance.ts';
import { describeKeyStore, type KeyStoreFixture } from '../conformance/key-store-conformance.ts';
import { describeRotationGuards } from '../conformance/rotation-guards-conformance.ts';
import { freshDatabase } from './test-database.ts';

async function onPostgres(): Promise<KeyStoreFixture> {
  const url = await freshDatabase();
  await migratePostgresStore(url);
  return { store: postgresStore(url), other: postgresStore(url), dispose: async () => {} };
}

describeKeyStore('on PostgreSQL', onPostgres);
describeIndexKeys('on PostgreSQL', onPostgres);
describeAuditStore('on PostgreSQL', onPostgres);
describeKeyPages('on PostgreSQL', onPostgres);
describeRotationGuards('on PostgreSQL', onPostgres);

async function ofPool(): Promise<KeyStoreFixture> {
  const pool = new Pool({ connectionString: await freshDatabase(), max: 1 });
  const options = {
    pool,
    schema: 'keys_of_tests',
    migrate: 'always',
    maxConnections: 1,
  } as const;
  return {
    store: postgresStore(options),
    other: postgresStore(options),
    dispose: () => pool.end(),
  };
}

const OF_POOL = 'on PostgreSQL, in a schema of its own and with the settings of a pool';
describeKeyStore(OF_POOL, ofPool);
describeRotationGuards(OF_POOL, ofPool);
