import { FieldsealError } from '@fieldseal/core';
import { Client, type ClientConfig } from 'pg';
import type { PoolLike, PostgresConnectionOptions, PostgresTarget } from './postgres-target.ts';

/** Checked and complete. */
export interface ConnectionSettings {
  /** For a `pg.Client`; carries the password, so it is never shown. */
  readonly client: ClientConfig;
  readonly schema: string;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

export interface TimeoutDefaults {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/**
 * What is taken over from an application's pool: how to reach and authenticate to the server.
 * Not its size, hooks, type parsers or time limits.
 */
const TAKEN_OVER = [
  'host',
  'port',
  'user',
  'password',
  'database',
  'connectionString',
  'ssl',
  'sslnegotiation',
  'enableChannelBinding',
  'stream',
  'options',
] as const satisfies readonly (keyof ClientConfig)[];

/** Also the channel of NOTIFY is named after the schema, hence less than 63. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,47}$/;
const APPLICATION_NAME = /^[ -~]{1,63}$/;

export function invalidOption(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}

export function integerOption(
  option: string,
  value: unknown,
  range: { readonly min: number; readonly max: number; readonly default: number },
): number {
  if (value === undefined) return range.default;
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (value >= range.min && value <= range.max) return value;
  }
  throw invalidOption(option, `${option} must be a whole number from ${range.min} to ${range.max}`);
}

function isPool(value: unknown): value is PoolLike {
  if (typeof value !== 'object' || value === null) return false;
  const { connect, options } = value as Partial<PoolLike>;
  return typeof connect === 'function' && typeof options === 'object' && options !== null;
}

type AnyOptions<Options> = PostgresConnectionOptions & Partial<Options>;

/**
 * Brings the three ways to name a server into one, and refuses unknown options.
 * @throws `ERR_CONFIG_INVALID`
 */
export function toOptions<Options extends PostgresConnectionOptions>(
  target: PostgresTarget<Options>,
  known: ReadonlySet<string>,
): AnyOptions<Options> {
  if (typeof target === 'string') return { connectionString: target } as AnyOptions<Options>;
  if (isPool(target)) return { pool: target } as AnyOptions<Options>;
  if (typeof target !== 'object' || target === null) {
    throw invalidOption('connectionString', 'Give a connection string, a pg.Pool or options');
  }
  for (const name of Object.keys(target)) {
    if (!known.has(name)) throw invalidOption(name, 'Unknown option of the PostgreSQL key store');
  }
  return target;
}

export const CONNECTION_OPTIONS: readonly string[] = [
  'connectionString',
  'pool',
  'schema',
  'applicationName',
  'connectTimeoutMs',
  'lockTimeoutMs',
  'statementTimeoutMs',
] satisfies readonly (keyof PostgresConnectionOptions)[];

function server(options: PostgresConnectionOptions): ClientConfig {
  const { connectionString, pool } = options;
  if ((connectionString === undefined) === (pool === undefined)) {
    throw invalidOption('connectionString', 'Give exactly one of connectionString and pool');
  }
  if (pool !== undefined) {
    if (!isPool(pool)) throw invalidOption('pool', 'pool must be a pg.Pool');
    // pg hides the password from enumeration, so a copy of all properties would lose it.
    const from = pool.options as ClientConfig;
    return Object.fromEntries(
      TAKEN_OVER.map((name) => [name, from[name]]).filter(([, value]) => value !== undefined),
    );
  }
  // Without a scheme pg would read the text as a database of the host "base".
  if (typeof connectionString !== 'string' || !/^postgres(ql)?:\/\//.test(connectionString)) {
    throw invalidOption('connectionString', 'connectionString must be a postgresql:// URL');
  }
  return { connectionString };
}

/** Parses the URL and reads certificate files, which pg would otherwise do at the first use. */
function isReadable(client: ClientConfig): boolean {
  try {
    new Client(client);
    return true;
  } catch {
    return false;
  }
}

/** @throws `ERR_CONFIG_INVALID` */
export function connectionSettings(
  options: PostgresConnectionOptions,
  defaults: TimeoutDefaults,
): ConnectionSettings {
  const { schema = 'fieldseal', applicationName = 'fieldseal' } = options;
  if (typeof schema !== 'string' || !SCHEMA.test(schema) || schema.startsWith('pg_')) {
    throw invalidOption(
      'schema',
      'schema must be 1 to 48 of [a-z0-9_], and neither start with a digit nor with pg_',
    );
  }
  if (typeof applicationName !== 'string' || !APPLICATION_NAME.test(applicationName)) {
    throw invalidOption(
      'applicationName',
      'applicationName must be 1 to 63 printable ASCII characters',
    );
  }
  const wait = { min: 10, max: 600_000 };
  const client: ClientConfig = {
    ...server(options),
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: integerOption('connectTimeoutMs', options.connectTimeoutMs, {
      ...wait,
      min: 100,
      default: 5000,
    }),
  };
  if (!isReadable(client)) {
    throw invalidOption('connectionString', 'The connection settings cannot be read');
  }
  return {
    client,
    schema,
    lockTimeoutMs: integerOption('lockTimeoutMs', options.lockTimeoutMs, {
      ...wait,
      default: defaults.lockTimeoutMs,
    }),
    statementTimeoutMs: integerOption('statementTimeoutMs', options.statementTimeoutMs, {
      ...wait,
      default: defaults.statementTimeoutMs,
    }),
  };
}
