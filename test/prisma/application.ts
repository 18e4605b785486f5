import { fileURLToPath } from 'node:url';
import type { Keyring } from '@fieldseal/core';
import { fieldseal } from '@fieldseal/prisma';
import { testKeyring } from '@fieldseal/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { createTablesSql } from '../../scripts/prisma-offline/ddl.mjs';
import { startPostgres } from '../support/postgres.ts';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.js';

export const SCHEMA: string = fileURLToPath(new URL('schema.prisma', import.meta.url));

/** A client without the extension, which writes down the SQL that it sends. */
export function connect(
  url: string,
  statements: string[] = [],
  pool: pg.PoolConfig = {},
): PrismaClient<'query'> {
  const adapter = new PrismaPg({ connectionString: url, ...pool });
  const client = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
  client.$on('query', ({ query }) => statements.push(query));
  return client;
}

/** The client of an application that has added the extension. */
export function extend(client: PrismaClient<'query'>, keyring: Keyring) {
  return client.$extends(fieldseal({ keyring, manifest }));
}

export type SealedClient = ReturnType<typeof extend>;

/** An application on a database of its own. */
export interface Application {
  readonly url: string;
  readonly keyring: Keyring;
  /** With the extension. */
  readonly db: SealedClient;
  /** Without it: what is really in the database. */
  readonly base: PrismaClient<'query'>;
  readonly sql: pg.Pool;
  /** Every statement that the two clients sent. */
  readonly statements: string[];
  close(): Promise<void>;
}

export async function openApplication(pool: pg.PoolConfig = {}): Promise<Application> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const sql = new pg.Pool({ connectionString: url });
  await sql.query(await createTablesSql(SCHEMA));
  const keyring = await testKeyring();
  const statements: string[] = [];
  const base = connect(url, statements, pool);
  const db = extend(base, keyring);
  for (const id of ['t1', 't2']) await base.tenant.create({ data: { id, name: id } });
  return {
    url,
    keyring,
    db,
    base,
    sql,
    statements,
    async close() {
      await base.$disconnect();
      await sql.end();
      await keyring.close();
    },
  };
}
