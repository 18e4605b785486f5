import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initKeyStore, type Keyring, openKeyring, type Root } from '@fieldseal/core';
import { devFileRoot, fileAnchor } from '@fieldseal/core/node';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { memoryRoot } from '@fieldseal/testing';
import { Pool } from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doorOf } from '../../packages/core/src/keyring/door-of.ts';
import { buildPackages, type OtherProcess, otherProcess } from './other-process.ts';
import { databaseUrl, freshDatabase, sql, userUrl } from './test-database.ts';

const ALIAS = 'alias/kyc';
const TABLES = [
  'head',
  'slot',
  'store_key',
  'key',
  'key_version',
  'alias',
  'registry',
  'phase',
  'tombstone',
  'data_key',
  'index_key',
];

/** A device as production has one, so that a pin is asked for. */
function productionRoot(): Root {
  const inner = memoryRoot();
  return {
    kind: 'test-device',
    development: false,
    seal: (key, context) => inner.seal(key, context),
    open: (slot, context) => inner.open(slot, context),
  };
}

async function makeDataKey(keyring: Keyring, tenant?: string): Promise<string> {
  const scope = tenant === undefined ? {} : { tenant };
  const lease = await doorOf(keyring).lease({ operation: 'test', seal: [{ alias: ALIAS, scope }] });
  const { id } = lease.sealing(ALIAS, scope);
  lease.release();
  return Buffer.from(id, 'latin1').toString('hex');
}

describe('a keyring on PostgreSQL', () => {
  let folder: string;
  let url: string;
  let rootPath: string;
  let anchorPath: string;
  const processes: OtherProcess[] = [];
  const keyrings: Keyring[] = [];

  beforeAll(buildPackages, 120_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldseal-keyring-'));
    rootPath = join(folder, 'dev-root');
    anchorPath = join(folder, 'anchor');
    url = await freshDatabase();
  });
  afterEach(async () => {
    for (const { child } of processes.splice(0)) child.kill('SIGKILL');
    await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
    await rm(folder, { recursive: true });
  });

  async function start(options: Readonly<Record<string, string>> = {}): Promise<OtherProcess> {
    const argument = JSON.stringify({ url, rootPath, alias: ALIAS, ...options });
    const started = await otherProcess('keyring-process.mjs', [argument]);
    processes.push(started);
    return started;
  }

  async function openHere(target: Parameters<typeof postgresStore>[0] = url): Promise<Keyring> {
    const keyring = await openKeyring({
      store: postgresStore(target),
      roots: [devFileRoot({ path: rootPath })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: 100,
      anchor: fileAnchor({ path: anchorPath }),
    });
    keyrings.push(keyring);
    return keyring;
  }

  it('two processes that open an empty database at once work on one store', async () => {
    const both = await Promise.all([start(), start()]);
    const [a, b] = await Promise.all(both.map((each) => each.act('open')));
    expect(a).toEqual({ pin: expect.stringMatching(/^fsp1\./) });
    expect(b).toEqual(a);
    expect(await sql(url, 'SELECT version FROM fieldseal.store_key')).toHaveLength(1);
    expect(await sql(url, 'SELECT id FROM fieldseal.slot')).toHaveLength(1);
  });

  it('four processes that need the same new key at once seal under one data key', async () => {
    const four = await Promise.all([start(), start(), start(), start()]);
    await Promise.all(four.map((each) => each.act('open')));
    const answers = await Promise.all(four.map((each) => each.act('seal')));
    const dataKeys = new Set(answers.map((answer) => (answer as { dataKey: string }).dataKey));
    expect(dataKeys.size).toBe(1);
    expect(await sql(url, `SELECT encode(id, 'hex') AS id FROM fieldseal.data_key`)).toEqual([
      { id: [...dataKeys][0] },
    ]);
    expect(await sql(url, 'SELECT name FROM fieldseal.alias')).toEqual([{ name: ALIAS }]);
    expect(await sql(url, 'SELECT id FROM fieldseal.key')).toHaveLength(1);
  });

  it('another process reads and writes on without one failure while keys are rotated', async () => {
    const keyring = await openHere();
    await makeDataKey(keyring);
    const other = await start();
    expect(await other.act('open')).toEqual({ pin: keyring.pin });
    await other.act('read');
    for (let version = 2; version <= 5; version += 1) {
      expect(await keyring.rotateKey(ALIAS)).toMatchObject({ version });
      // The new version has a data key as soon as the other process has heard of it.
      await expect
        .poll(
          () =>
            sql(
              url,
              `SELECT key_version FROM fieldseal.data_key WHERE state = 'ACTIVE' AND key_version = ${version}`,
            ),
          { timeout: 10_000 },
        )
        .toHaveLength(1);
    }
    const result = (await other.act('stop')) as Record<string, number>;
    expect(result).toMatchObject({ failed: 0, dataKeys: 5 });
    expect(result.cells).toBeGreaterThan(5);
  });

  it('a new key is made while the application holds its only connection in a transaction', async () => {
    const pool = new Pool({ connectionString: url, max: 1 });
    const keyring = await openHere(pool);
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(await makeDataKey(keyring, 'tenant-1')).toMatch(/^[0-9a-f]{32}$/);
    await client.query('ROLLBACK');
    client.release();
    await pool.end();
    expect(await sql(url, 'SELECT tenant FROM fieldseal.data_key')).toEqual([
      { tenant: 'tenant-1' },
    ]);
  });

  it('a database restored to an older state is refused by a process that starts', async () => {
    const keyring = await openHere();
    await keyring.createKey();
    await keyring.close();
    const old = `${new URL(url).pathname.slice(1)}_old`;
    await expect
      .poll(() =>
        sql(
          url,
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        ),
      )
      .toEqual([]);
    await sql(
      databaseUrl(url, 'postgres'),
      `CREATE DATABASE "${old}" TEMPLATE "${new URL(url).pathname.slice(1)}"`,
    );
    const later = await openHere();
    await later.createKey();

    const restored = await start({ url: databaseUrl(url, old), anchorPath });
    expect(await restored.act('open')).toEqual({ code: 'ERR_STORE_ROLLED_BACK' });
    const current = await start({ anchorPath });
    expect(await current.act('open')).toEqual({ pin: later.pin });
  });

  it('a process that runs stops using keys when the tables are restored to an older state', async () => {
    const keyring = await openHere();
    const tables = TABLES.map(
      (table) => `CREATE TABLE backup.${table} AS TABLE fieldseal.${table}`,
    );
    await sql(url, ['CREATE SCHEMA backup', ...tables].join(';'));
    await keyring.createKey();
    const restore = TABLES.map(
      (table) =>
        `DELETE FROM fieldseal.${table}; INSERT INTO fieldseal.${table} TABLE backup.${table}`,
    );
    await sql(url, restore.join(';'));
    await expect
      .poll(() => makeDataKey(keyring).catch(({ code }) => code), { timeout: 10_000 })
      .toBe('ERR_STORE_ROLLED_BACK');
  });

  it('a row that somebody changed in the database is ERR_STORE_INTEGRITY', async () => {
    const keyring = await openHere();
    await keyring.createKey({ description: 'before' });
    await keyring.close();
    await sql(url, `UPDATE fieldseal.key SET description = 'after'`);
    await expect(openHere()).rejects.toMatchObject({ code: 'ERR_STORE_INTEGRITY' });
  });

  it('in production the administrator initialises and the application works with its role alone', async () => {
    await migratePostgresStore(url);
    const name = `test_service_${randomBytes(4).toString('hex')}`;
    await sql(url, `CREATE ROLE ${name} LOGIN PASSWORD 'p' IN ROLE fieldseal_app`);
    const root = productionRoot();
    const admin = postgresStore(url);
    const common = { roots: [root], environment: 'production' };
    const { pin } = await initKeyStore({ ...common, store: admin, acceptLoss: 'a test' });
    await admin.close();
    const store = postgresStore({ connectionString: userUrl(url, name, 'p'), migrate: 'never' });
    const keyring = await openKeyring({ ...common, store, pin, principal: 'service/api' });
    try {
      const { keyId } = await keyring.createKey();
      await keyring.createAlias(ALIAS, keyId);
      const first = await makeDataKey(keyring);
      await keyring.rotateKey(ALIAS);
      const second = await makeDataKey(keyring);
      expect(second).not.toBe(first);
      expect(keyring.listKeys()[0]?.versions).toEqual([
        { version: 1, state: 'DECRYPT_ONLY' },
        { version: 2, state: 'PRIMARY' },
      ]);
    } finally {
      await keyring.close();
      await sql(url, `DROP ROLE ${name}`);
    }
  });

  it('a production store is not made by opening a keyring on an empty database', async () => {
    const options = { roots: [productionRoot()], environment: 'production', acceptLoss: 'a test' };
    await expect(initKeyStore({ ...options, store: postgresStore(url) })).rejects.toMatchObject({
      code: 'ERR_STORE_SCHEMA',
      meta: { reason: 'MISSING' },
    });
    expect(await sql(url, `SELECT FROM pg_namespace WHERE nspname = 'fieldseal'`)).toEqual([]);
  });
});
