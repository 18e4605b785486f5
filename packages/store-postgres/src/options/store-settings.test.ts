import { inspect } from 'node:util';
import { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { migrationSettings } from './migration-settings.ts';
import type { PostgresStoreOptions, PostgresTarget } from './postgres-target.ts';
import { storeSettings } from './store-settings.ts';

const URL_TEXT = 'postgresql://app:s3cret@db.example:6432/main';

function refusal(target: unknown): unknown {
  try {
    return storeSettings(target as PostgresTarget<PostgresStoreOptions>);
  } catch (error) {
    return error;
  }
}

describe('storeSettings', () => {
  it('a connection string alone gives the defaults', () => {
    expect(storeSettings(URL_TEXT)).toMatchObject({
      client: {
        connectionString: URL_TEXT,
        application_name: 'fieldseal',
        connectionTimeoutMillis: 5000,
      },
      schema: 'fieldseal',
      migrate: 'development',
      maxConnections: 2,
      lockTimeoutMs: 3000,
      statementTimeoutMs: 5000,
    });
  });

  it('a pool gives how to reach and authenticate to its server, and nothing else', () => {
    const ssl = { rejectUnauthorized: true };
    const password = (): string => 'from a secret store';
    const pool = new Pool({
      host: 'db.example',
      port: 6432,
      user: 'app',
      password,
      database: 'main',
      ssl,
      max: 1,
      idleTimeoutMillis: 7,
      statement_timeout: 9,
      query_timeout: 11,
      types: { getTypeParser: () => () => 'changed' },
      application_name: 'theirs',
    });
    const { client, maxConnections } = storeSettings(pool);
    expect(client).toEqual({
      host: 'db.example',
      port: 6432,
      user: 'app',
      password,
      database: 'main',
      ssl,
      application_name: 'fieldseal',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    expect(maxConnections).toBe(2);
  });

  it('a password that pg hides from enumeration is taken over as well', () => {
    const pool = new Pool({ host: 'db.example', password: 's3cret' });
    expect(storeSettings({ pool }).client.password).toBe('s3cret');
  });

  it('options next to the pool or the string are kept', () => {
    const options = {
      connectionString: URL_TEXT,
      schema: 'keys_2',
      applicationName: 'shop keys',
      migrate: 'never',
      maxConnections: 20,
      connectTimeoutMs: 100,
      lockTimeoutMs: 10,
      statementTimeoutMs: 600_000,
    } as const;
    expect(storeSettings(options)).toMatchObject({
      schema: 'keys_2',
      migrate: 'never',
      maxConnections: 20,
      lockTimeoutMs: 10,
      statementTimeoutMs: 600_000,
      client: { application_name: 'shop keys', connectionTimeoutMillis: 100 },
    });
  });

  it.each([
    ['nothing', undefined, 'connectionString'],
    ['null', null, 'connectionString'],
    ['a number', 5432, 'connectionString'],
    ['empty options', {}, 'connectionString'],
    ['a string without a scheme', 'localhost/app', 'connectionString'],
    ['a string of another database', 'mysql://localhost/app', 'connectionString'],
    ['a string that cannot be parsed', 'postgresql://[::1/app', 'connectionString'],
    ['a string and a pool', { connectionString: URL_TEXT, pool: new Pool() }, 'connectionString'],
    ['something that is no pool', { pool: { options: {} } }, 'pool'],
    ['an unknown option', { connectionString: URL_TEXT, shcema: 'x' }, 'shcema'],
    ['a schema in capitals', { connectionString: URL_TEXT, schema: 'Keys' }, 'schema'],
    ['a schema with a quote', { connectionString: URL_TEXT, schema: 'a"b' }, 'schema'],
    ['a schema that starts with a digit', { connectionString: URL_TEXT, schema: '1a' }, 'schema'],
    ['a schema of the system', { connectionString: URL_TEXT, schema: 'pg_keys' }, 'schema'],
    ['an empty schema', { connectionString: URL_TEXT, schema: '' }, 'schema'],
    ['a schema of 49', { connectionString: URL_TEXT, schema: 'a'.repeat(49) }, 'schema'],
    [
      'an application name with a newline',
      { connectionString: URL_TEXT, applicationName: 'a\n' },
      'applicationName',
    ],
    ['an unknown migrate mode', { connectionString: URL_TEXT, migrate: true }, 'migrate'],
    ['no connections', { connectionString: URL_TEXT, maxConnections: 0 }, 'maxConnections'],
    ['21 connections', { connectionString: URL_TEXT, maxConnections: 21 }, 'maxConnections'],
    ['half a connection', { connectionString: URL_TEXT, maxConnections: 1.5 }, 'maxConnections'],
    ['a number as text', { connectionString: URL_TEXT, lockTimeoutMs: '10' }, 'lockTimeoutMs'],
    [
      'no time to connect',
      { connectionString: URL_TEXT, connectTimeoutMs: 99 },
      'connectTimeoutMs',
    ],
    [
      'an endless statement',
      { connectionString: URL_TEXT, statementTimeoutMs: Number.POSITIVE_INFINITY },
      'statementTimeoutMs',
    ],
  ])('%s is refused with ERR_CONFIG_INVALID', (_, target, option) => {
    const error = refusal(target);
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID', meta: { option } });
    expect(inspect(error, { showHidden: true })).not.toContain('s3cret');
  });

  it('certificate files that are not there are refused now, without naming them', () => {
    const error = refusal(`${URL_TEXT}?sslrootcert=/no/such/file.pem`);
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(inspect(error)).not.toContain('/no/such');
  });
});

describe('migrationSettings', () => {
  it('migrations wait longer than the store does', () => {
    expect(migrationSettings(URL_TEXT)).toMatchObject({
      lockTimeoutMs: 30_000,
      statementTimeoutMs: 60_000,
    });
  });

  it('options of the store alone are unknown to a migration', () => {
    const target = { connectionString: URL_TEXT, maxConnections: 1 };
    expect(() => migrationSettings(target)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
  });
});
