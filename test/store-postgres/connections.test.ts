import { inspect } from 'node:util';
import { FieldsealError, type KeyStore } from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alias, bytes, dataKey, head, plain } from '../conformance/sample-rows.ts';
import { interruptibleProxy } from '../support/interruptible-proxy.ts';
import { databaseUrl, failure, freshDatabase, sql } from './test-database.ts';

const UNAVAILABLE = { code: 'ERR_STORE_UNAVAILABLE', retryable: true };
const BY_ID = [{ table: 'data_key', id: bytes(16, 1) }] as const;

describe('connections of a key store on PostgreSQL', () => {
  let url: string;
  const open: KeyStore[] = [];

  function opened(store: KeyStore): KeyStore {
    open.push(store);
    return store;
  }

  beforeEach(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
    const store = opened(postgresStore(url));
    await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
  });

  it('a pool of one connection that the application holds in a transaction does not block the store', async () => {
    const pool = new Pool({ connectionString: url, max: 1 });
    const store = opened(postgresStore(pool));
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('CREATE TABLE orders (id integer)');
      expect((await store.insertKeys([{ row: dataKey(1) }])).map(plain)).toEqual([dataKey(1)]);
      expect((await store.readControl())?.head.epoch).toBe(1n);
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    // Committed on its own: the application's rollback did not take it back.
    expect((await store.readKeys(BY_ID)).map(plain)).toEqual([dataKey(1)]);
    expect(pool.totalCount).toBe(1);
    await pool.end();
    expect(await store.readEpoch()).toBe(1n);
  });

  it('at most maxConnections are open, and none before the first call', async () => {
    const connectionString = url;
    const store = opened(
      postgresStore({ connectionString, maxConnections: 3, applicationName: 'counted' }),
    );
    const count = `SELECT FROM pg_stat_activity WHERE application_name = 'counted'`;
    expect(await sql(url, count)).toHaveLength(0);
    await Promise.all(Array.from({ length: 50 }, () => store.readControl()));
    expect(await sql(url, count)).toHaveLength(3);
    await store.close();
    await expect.poll(() => sql(url, count)).toHaveLength(0);
  });

  it('parsers that the application set for the whole process do not reach the store', async () => {
    const { types } = await import('pg');
    const text = types.getTypeParser(25, 'text');
    types.setTypeParser(25, () => 'changed by the application');
    try {
      const store = opened(postgresStore(url));
      await store.insertKeys([{ row: dataKey(1) }]);
      expect((await store.readKeys(BY_ID)).map(plain)).toEqual([dataKey(1)]);
    } finally {
      types.setTypeParser(25, text);
    }
  });

  it('unusual defaults of the database change nothing', async () => {
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      `bytea_output = 'escape'`,
      `default_transaction_isolation = 'serializable'`,
      `synchronous_commit = off`,
      `search_path = ''`,
      `DateStyle = 'German'`,
      'default_transaction_read_only = on',
    ]) {
      await sql(url, `ALTER DATABASE "${name}" SET ${setting}`);
    }
    const store = opened(postgresStore(url));
    await store.insertKeys([{ row: dataKey(1) }]);
    expect((await store.readKeys(BY_ID)).map(plain)).toEqual([dataKey(1)]);
    const change = { expectedEpoch: 1n, put: [alias('alias/a')], remove: [], head: head(2n) };
    expect(await store.writeControl(change)).toBe(true);
    expect((await store.readControl())?.rows.map(plain)).toEqual([alias('alias/a')]);
  });

  it('a server that is gone is ERR_STORE_UNAVAILABLE for every method, and one that is back is used again', async () => {
    const proxy = await interruptibleProxy(url);
    const store = opened(postgresStore(proxy.url));
    expect(await store.readEpoch()).toBe(1n);
    await proxy.down();
    const change = { expectedEpoch: 1n, put: [], remove: [], head: head(2n) };
    for (const call of [
      () => store.readControl(),
      () => store.readEpoch(),
      () => store.writeControl(change),
      () => store.readKeys(BY_ID),
      () => store.insertKeys([{ row: dataKey(1) }]),
    ]) {
      await expect(call()).rejects.toMatchObject(UNAVAILABLE);
    }
    await proxy.up();
    expect(await store.writeControl(change)).toBe(true);
    expect(await store.readEpoch()).toBe(2n);
    await proxy.down();
  });

  it('a server that falls silent is given up after the time limit', async () => {
    const proxy = await interruptibleProxy(url);
    const connectionString = proxy.url;
    const store = opened(postgresStore({ connectionString, statementTimeoutMs: 100 }));
    expect(await store.readEpoch()).toBe(1n);
    proxy.freeze();
    const began = performance.now();
    await expect(store.readEpoch()).rejects.toMatchObject({
      ...UNAVAILABLE,
      meta: { reason: 'TIMEOUT' },
    });
    expect(performance.now() - began).toBeLessThan(3000);
    await proxy.down();
  });

  it('a backend that an administrator ends is replaced at the next call', async () => {
    const store = opened(postgresStore({ connectionString: url, applicationName: 'ended' }));
    await store.readEpoch();
    await sql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended'`,
    );
    const first = await failure(store.readEpoch());
    if (first !== undefined) expect(first).toMatchObject(UNAVAILABLE);
    expect(await store.readEpoch()).toBe(1n);
  });

  it('a watcher hears again after its connection was lost', async () => {
    const proxy = await interruptibleProxy(url);
    const watching = opened(postgresStore(proxy.url));
    let hints = 0;
    watching.watch(() => {
      hints += 1;
    });
    await expect.poll(() => hints, { timeout: 5000 }).toBeGreaterThan(0);
    await proxy.down();
    await proxy.up();
    const writer = opened(postgresStore(url));
    const before = hints;
    let seed = 2;
    await expect
      .poll(
        async () => {
          seed += 1;
          await writer.insertKeys([{ row: dataKey(seed, { scope: Uint8Array.of(1, seed) }) }]);
          return hints;
        },
        { timeout: 10_000, interval: 100 },
      )
      .toBeGreaterThan(before + 1);
    await watching.close();
    await proxy.down();
  });

  it('closing does not wait for a server that does not answer', async () => {
    const proxy = await interruptibleProxy(url);
    proxy.freeze();
    const store = postgresStore({ connectionString: proxy.url, connectTimeoutMs: 60_000 });
    store.watch(() => {});
    const call = failure(store.readEpoch());
    const began = performance.now();
    await store.close();
    expect(performance.now() - began).toBeLessThan(2000);
    await proxy.down();
    expect(await call).toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });

  it('a lock that somebody keeps is ERR_STORE_UNAVAILABLE after lockTimeoutMs, with nothing written', async () => {
    const pool = new Pool({ connectionString: url, max: 1 });
    const client = await pool.connect();
    await client.query('BEGIN; SELECT FROM fieldseal.head FOR UPDATE');
    const store = opened(postgresStore({ connectionString: url, lockTimeoutMs: 50 }));
    const change = { expectedEpoch: 1n, put: [alias('alias/a')], remove: [], head: head(2n) };
    await expect(store.writeControl(change)).rejects.toMatchObject({
      ...UNAVAILABLE,
      meta: { reason: '55P03' },
    });
    await client.query('ROLLBACK');
    client.release();
    await pool.end();
    expect((await store.readControl())?.rows).toEqual([]);
  });

  it('a database that does not exist and a port where nobody listens are ERR_STORE_UNAVAILABLE', async () => {
    for (const wrong of [databaseUrl(url, 'no_such_database'), 'postgresql://127.0.0.1:1/app']) {
      const store = opened(postgresStore(wrong));
      await expect(store.readControl()).rejects.toMatchObject(UNAVAILABLE);
    }
  });

  it('another schema of the same database is no store', async () => {
    const options = { connectionString: url, schema: 'elsewhere', migrate: 'never' } as const;
    await expect(opened(postgresStore(options)).readControl()).rejects.toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      meta: { reason: 'MISSING' },
    });
  });

  it('what the database refuses is reported without its words, the statement or a value', async () => {
    const store = opened(postgresStore(url));
    const secret = 'a very secret description';
    const refused = [
      store.insertKeys([{ row: dataKey(1, { tenant: secret, wrapped: bytes(93, 1) }) }]),
      store.insertKeys([{ row: dataKey(1, { tenant: `${secret}\0` }) }]),
      store.insertKeys([{ row: dataKey(1, { tenant: `${secret}\ud800` }) }]),
      store.insertKeys([{ row: dataKey(1, { key_id: secret }) }]),
    ];
    const codes: string[] = [];
    for (const error of await Promise.all(refused.map(failure))) {
      expect(error).toBeInstanceOf(FieldsealError);
      const { code, cause } = error as FieldsealError & { cause?: unknown };
      codes.push(code);
      expect(cause).toBeUndefined();
      const shown = `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`;
      for (const word of [secret, 'INSERT', 'violates', 'data_key_wrapped_check']) {
        expect(shown).not.toContain(word);
      }
    }
    expect(codes).toEqual(['ERR_INTERNAL', 'ERR_VALUE_TYPE', 'ERR_VALUE_TYPE', 'ERR_VALUE_TYPE']);
    expect(await store.readKeys(BY_ID)).toEqual([]);
  });

  it('after closing every method is ERR_KEYRING_CLOSED', async () => {
    const store = postgresStore(url);
    await store.readEpoch();
    await store.close();
    for (const call of [store.readControl, store.readEpoch, () => store.readKeys(BY_ID)]) {
      await expect(call()).rejects.toMatchObject({ code: 'ERR_KEYRING_CLOSED' });
    }
  });

  it('a thousand scopes are read in one statement', async () => {
    const store = opened(postgresStore(url));
    const scope = (i: number) => Uint8Array.of(1, i >> 8, i & 255);
    const id = (i: number) =>
      Uint8Array.from({ length: 16 }, (_, at) => (at < 2 ? (scope(i)[at + 1] ?? 0) : 9));
    const rows = Array.from({ length: 1000 }, (_, i) => dataKey(1, { id: id(i), scope: scope(i) }));
    await store.insertKeys(rows.map((row) => ({ row })));
    const selectors = rows.map((_, i) => ({
      table: 'data_key' as const,
      keyId: String(rows[0]?.columns.key_id),
      scope: scope(i),
      state: 'ACTIVE' as const,
    }));
    expect(await store.readKeys(selectors)).toHaveLength(1000);
    const tooMany = [...selectors, ...BY_ID];
    await expect(store.readKeys(tooMany)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
  });
});
