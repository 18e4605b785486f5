import { migratePostgresStore } from '@fieldseal/store-postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/start-server.ts';
import { databaseUrl, sql, userUrl } from './test-database.ts';

/** Roles belong to a whole server, so this needs one that no other test has migrated. */
describe('migration by a user who may not create roles', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it('makes the tables, names the roles that are missing, and gives each its rights once it is there', async () => {
    const admin = server.facts.url;
    await sql(admin, `CREATE ROLE owner LOGIN PASSWORD 'p'`);
    await sql(admin, 'CREATE DATABASE app OWNER owner');
    const database = databaseUrl(admin, 'app');
    const url = userUrl(database, 'owner', 'p');
    const all = ['fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor'];
    expect(await migratePostgresStore(url)).toMatchObject({ version: 1, missingRoles: all });

    await sql(admin, 'CREATE ROLE fieldseal_app NOLOGIN');
    const rights = `SELECT FROM information_schema.table_privileges
WHERE table_schema = 'fieldseal' AND grantee = 'fieldseal_app' AND table_name = 'data_key' AND privilege_type = 'INSERT'`;
    expect(await sql(database, rights)).toHaveLength(0);
    expect(await migratePostgresStore(url)).toMatchObject({
      applied: [],
      missingRoles: ['fieldseal_admin', 'fieldseal_auditor'],
    });
    expect(await sql(database, rights)).toHaveLength(1);
  });
});
