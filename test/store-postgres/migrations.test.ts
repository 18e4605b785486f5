import { inspect } from 'node:util';
import { FieldsealError } from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { beforeEach, describe, expect, it } from 'vitest';
import { alias, head, oneOfEach } from '../conformance/sample-rows.ts';
import { databaseUrl, failure, freshDatabase, sql, userUrl } from './test-database.ts';

const LEDGER = 'SELECT version, name, checksum FROM fieldseal.migration';

describe('migratePostgresStore', () => {
  let url: string;
  beforeEach(async () => {
    url = await freshDatabase();
  });

  it('an empty database gets the tables and the roles, and the same call again applies nothing', async () => {
    const first = await migratePostgresStore(url);
    expect(first).toEqual({ version: 1, applied: ['0001_key_store.sql'], missingRoles: [] });
    const ledger = await sql(url, LEDGER);
    expect(await migratePostgresStore(url)).toEqual({ version: 1, applied: [], missingRoles: [] });
    expect(await sql(url, LEDGER)).toEqual(ledger);
  });

  it('of eight migrations at once one applies the files and none fails', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, () => migratePostgresStore(url)));
    expect(runs.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
    expect(await sql(url, LEDGER)).toHaveLength(1);
  });

  it('two schemas of one database are two stores', async () => {
    await migratePostgresStore({ connectionString: url, schema: 'one' });
    await migratePostgresStore({ connectionString: url, schema: 'two' });
    const one = postgresStore({ connectionString: url, schema: 'one' });
    const two = postgresStore({ connectionString: url, schema: 'two' });
    await one.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(7n) });
    expect(await one.readEpoch()).toBe(7n);
    expect(await two.readEpoch()).toBeNull();
    await Promise.all([one.close(), two.close()]);
  });

  it('tables that were made by other SQL are refused by the migration and by the store', async () => {
    await migratePostgresStore(url);
    await sql(url, `UPDATE fieldseal.migration SET checksum = repeat('0', 64)`);
    const store = postgresStore(url);
    const calls = [() => migratePostgresStore(url), store.readControl, store.readEpoch];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'ERR_STORE_SCHEMA',
        meta: { reason: 'CHECKSUM' },
      });
    }
    await store.close();
  });

  it('a schema that holds something else is left as it is', async () => {
    await sql(url, 'CREATE SCHEMA fieldseal; CREATE TABLE fieldseal.orders (id integer)');
    await expect(migratePostgresStore(url)).rejects.toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      meta: { reason: 'FOREIGN' },
    });
    const tables = await sql(url, `SELECT tablename FROM pg_tables WHERE schemaname = 'fieldseal'`);
    expect(tables).toEqual([{ tablename: 'orders' }]);
  });

  it('a database of another encoding is refused before anything is made', async () => {
    await sql(url, `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const latin = databaseUrl(url, 'latin');
    try {
      await expect(migratePostgresStore(latin)).rejects.toMatchObject({
        code: 'ERR_STORE_SCHEMA',
        meta: { reason: 'ENCODING' },
      });
      expect(await sql(latin, `SELECT FROM pg_namespace WHERE nspname = 'fieldseal'`)).toEqual([]);
    } finally {
      await sql(url, 'DROP DATABASE latin');
    }
  });

  it('a user without a right to the database is told so, without the words of the server', async () => {
    await sql(url, `CREATE ROLE fieldseal_test_nobody LOGIN PASSWORD 'nobody'`);
    try {
      const error = await failure(
        migratePostgresStore(userUrl(url, 'fieldseal_test_nobody', 'nobody')),
      );
      expect(error).toMatchObject({ code: 'ERR_STORE_SCHEMA', meta: { reason: '42501' } });
      expect((error as Error).message).not.toContain('permission denied');
    } finally {
      await sql(url, 'DROP ROLE fieldseal_test_nobody');
    }
  });

  it('an owner of an empty schema who may create neither schemas nor roles migrates it', async () => {
    await sql(url, `CREATE ROLE fieldseal_test_owner LOGIN PASSWORD 'owner'`);
    await sql(url, 'CREATE SCHEMA keys AUTHORIZATION fieldseal_test_owner');
    try {
      const owner = userUrl(url, 'fieldseal_test_owner', 'owner');
      const run = await migratePostgresStore({ connectionString: owner, schema: 'keys' });
      expect(run.applied).toEqual(['0001_key_store.sql']);
    } finally {
      await sql(url, 'DROP SCHEMA keys CASCADE; DROP ROLE fieldseal_test_owner');
    }
  });

  it('a migration that fails half way leaves nothing behind', async () => {
    // An event trigger of the administrator stands for anything that can stop it: the last table.
    await sql(
      url,
      `CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('fieldseal.index_key') IS NOT NULL THEN RAISE EXCEPTION 'secret words'; END IF;
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION public.refuse()`,
    );
    const error = await failure(migratePostgresStore(url));
    expect(error).toBeInstanceOf(FieldsealError);
    expect(inspect(error)).not.toContain('secret words');
    expect(await sql(url, `SELECT FROM pg_namespace WHERE nspname = 'fieldseal'`)).toEqual([]);
    await sql(url, 'DROP EVENT TRIGGER refuse');
    expect((await migratePostgresStore(url)).applied).toHaveLength(1);
  });
});

describe('migration by the store itself', () => {
  let url: string;
  beforeEach(async () => {
    url = await freshDatabase();
  });

  const stamped = (development: boolean) =>
    oneOfEach().map((row) =>
      row.table === 'store_key' ? { ...row, columns: { ...row.columns, development } } : row,
    );
  const tables = () => sql(url, `SELECT FROM pg_namespace WHERE nspname = 'fieldseal'`);

  it('in development the first change makes the tables, reading makes none', async () => {
    const store = postgresStore(url);
    expect(await store.readControl()).toBeNull();
    expect(await store.readEpoch()).toBeNull();
    expect(await tables()).toHaveLength(0);
    const change = { expectedEpoch: null, put: stamped(true), remove: [], head: head(1n) };
    expect(await store.writeControl(change)).toBe(true);
    expect(await store.readEpoch()).toBe(1n);
    await store.close();
  });

  it('the first change of a store that is not for development makes no tables', async () => {
    const store = postgresStore(url);
    const change = { expectedEpoch: null, put: stamped(false), remove: [], head: head(1n) };
    await expect(store.writeControl(change)).rejects.toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      meta: { reason: 'MISSING' },
    });
    expect(await tables()).toHaveLength(0);
    await store.close();
  });

  it('two development stores that initialise at once end with one', async () => {
    const stores = [postgresStore(url), postgresStore(url)];
    const results = await Promise.all(
      stores.map((store, i) =>
        store.writeControl({
          expectedEpoch: null,
          put: [...stamped(true), alias(`alias/writer-${i}`)],
          remove: [],
          head: head(1n),
        }),
      ),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    const names = (await stores[0]?.readControl())?.rows
      .filter((row) => row.table === 'alias')
      .map((row) => row.columns.name);
    expect(names?.toSorted()).toEqual(['alias/kyc', `alias/writer-${results.indexOf(true)}`]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('with migrate: never every call on a missing schema is ERR_STORE_SCHEMA', async () => {
    const store = postgresStore({ connectionString: url, migrate: 'never' });
    const change = { expectedEpoch: null, put: stamped(true), remove: [], head: head(1n) };
    const selector = { table: 'data_key', id: new Uint8Array(16) } as const;
    for (const call of [
      () => store.readControl(),
      () => store.readEpoch(),
      () => store.writeControl(change),
      () => store.readKeys([selector]),
      () => store.insertKeys([]),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'ERR_STORE_SCHEMA',
        meta: { reason: 'MISSING' },
      });
    }
    expect(await tables()).toHaveLength(0);
    await migratePostgresStore(url);
    expect(await store.readControl()).toBeNull();
    await store.close();
  });

  it('with migrate: always reading makes the tables', async () => {
    const store = postgresStore({ connectionString: url, migrate: 'always' });
    expect(await store.readEpoch()).toBeNull();
    expect(await tables()).toHaveLength(1);
    await store.close();
  });

  it('tables that vanish under an open store are ERR_STORE_SCHEMA, not an empty store', async () => {
    await migratePostgresStore(url);
    const store = postgresStore(url);
    await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    await sql(url, 'DROP SCHEMA fieldseal CASCADE');
    for (const call of [store.readControl, store.readEpoch]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_STORE_SCHEMA' });
    }
    await store.close();
  });
});
