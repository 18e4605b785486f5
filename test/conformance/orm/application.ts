import { createMemoryStore, type Keyring } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { createTablesSql } from '../../../scripts/prisma-offline/ddl.mjs';
import { startPostgres } from '../../support/postgres.ts';
import { tapWire, type WireTap } from '../../support/wire-tap.ts';
import { openPrisma, SCHEMA, type SealedClient } from './open-prisma.ts';
import { openTypeorm } from './open-typeorm.ts';
import type { ModelName, OrmDriver, Row } from './orm-driver.ts';
import { prismaDriver } from './prisma-driver.ts';
import { typeormDriver } from './typeorm-driver.ts';

/** Database names of the tables. */
export const TABLE: Readonly<Record<ModelName, string>> = {
  customer: 'customers',
  card: 'cards',
  legacy: 'legacy',
  ticket: 'tickets',
  person: 'people',
  sample: 'samples',
};

/**
 * Two services on one database and one key store, each with a keyring of its own: one uses Prisma,
 * the other TypeORM. Their wire is tapped.
 */
export interface Application {
  readonly url: string;
  readonly wire: WireTap;
  /** Of the service with Prisma. */
  readonly keyring: Keyring;
  readonly prisma: OrmDriver;
  readonly typeorm: OrmDriver;
  readonly client: SealedClient;
  readonly dataSource: DataSource;
  readonly sql: pg.Pool;
  /** A row as it is in the table, by the first column of its key. */
  stored(model: ModelName, key: unknown): Promise<Row>;
  close(): Promise<void>;
}

export async function openApplication(): Promise<Application> {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const sql = new pg.Pool({ connectionString: url });
  await sql.query(await createTablesSql(SCHEMA));
  const wire = await tapWire(url);
  const shared = { store: createMemoryStore(), roots: [memoryRoot()] };
  const keyring = await testKeyring(shared);
  const { keyId } = await keyring.createKey();
  await keyring.createAlias('alias/kyc', keyId);
  const other = await testKeyring(shared);
  const client = openPrisma(wire.url, keyring);
  const dataSource = await openTypeorm(wire.url, other);
  return {
    url,
    wire,
    keyring,
    prisma: prismaDriver(client),
    typeorm: typeormDriver(dataSource.manager),
    client,
    dataSource,
    sql,
    async stored(model, key) {
      const column = model === 'sample' ? 'shelf' : 'id';
      const text = `SELECT * FROM ${TABLE[model]} WHERE ${column} = $1`;
      const { rows } = await sql.query<Row>(text, [key]);
      return rows[0] ?? {};
    },
    async close() {
      await client.$disconnect();
      await dataSource.destroy();
      await sql.end();
      await wire.stop();
      await keyring.close();
      await other.close();
    },
  };
}
