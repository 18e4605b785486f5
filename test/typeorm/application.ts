import type { Keyring } from '@fieldseal/core';
import { testKeyring } from '@fieldseal/testing';
import { fieldseal } from '@fieldseal/typeorm';
import pg from 'pg';
import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';
import { expect } from 'vitest';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';
import { tapWire, type WireTap } from '../support/wire-tap.ts';
import { ENTITIES } from './entities.ts';

/** What TypeORM's logger was told. */
export interface Told {
  readonly query: string;
  readonly parameters: readonly unknown[];
}

/** An application on a database of its own, whose wire is tapped. */
export interface Application {
  readonly url: string;
  readonly keyring: Keyring;
  readonly db: DataSource;
  readonly sql: pg.Pool;
  readonly told: Told[];
  readonly wire: WireTap;
  close(): Promise<void>;
}

function listener(told: Told[]): Logger {
  const note = (query: string, parameters: unknown = []): void => {
    told.push({ query, parameters: parameters as readonly unknown[] });
  };
  return {
    logQuery: note,
    logQueryError: (error, query, parameters) => note(`${String(error)} ${query}`, parameters),
    logQuerySlow: (_time, query, parameters) => note(query, parameters),
    logSchemaBuild: () => {},
    logMigration: () => {},
    log: () => {},
  };
}

export async function openApplication(
  over: Partial<DataSourceOptions> = {},
  given: { readonly keyring?: Keyring; readonly url?: string } = {},
): Promise<Application> {
  const server = await startPostgres();
  const url = given.url ?? (await server.createDatabase());
  const wire = await tapWire(url);
  const sql = new pg.Pool({ connectionString: url });
  const keyring = given.keyring ?? (await testKeyring());
  const told: Told[] = [];
  const db = fieldseal(
    new DataSource({
      type: 'postgres',
      url: wire.url,
      entities: ENTITIES,
      synchronize: true,
      logging: true,
      logger: listener(told),
      ...over,
    } as DataSourceOptions),
    { keyring },
  );
  await db.initialize();
  return {
    url,
    keyring,
    db,
    sql,
    told,
    wire,
    async close() {
      await db.destroy();
      await sql.end();
      await wire.stop();
      await keyring.close();
    },
  };
}

/**
 * No secret is in tables, the server's log of statements, the wire, the files of the server or what
 * TypeORM's logger was told; the logger saw no cell either.
 */
export async function expectNoPlaintext(
  { url, wire, told }: Application,
  secrets: readonly string[],
): Promise<void> {
  const server = await startPostgres();
  const captured = wire.captured();
  expect(captured.length).toBeGreaterThan(10_000);
  expect(await huntPlaintext({ server, url, secrets, wire: captured })).toEqual([]);
  const text = JSON.stringify(told);
  for (const secret of secrets) expect(text).not.toContain(secret);
  // TypeORM's query cache writes whole results, as they are in the tables
  const others = told.filter(({ query }) => !query.includes('query-result-cache'));
  expect(JSON.stringify(others)).not.toContain('fs1.');
}
