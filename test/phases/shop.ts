import { fileURLToPath } from 'node:url';
import type { Keyring, Manifest } from '@fieldseal/core';
import type { FieldJobOptions } from '@fieldseal/jobs';
import { fieldseal } from '@fieldseal/prisma';
import { testKeyring } from '@fieldseal/testing';
import { fieldseal as fieldsealTypeorm } from '@fieldseal/typeorm';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { createTablesSql } from '../../scripts/prisma-offline/ddl.mjs';
import { startPostgres } from '../support/postgres.ts';
import { Customer } from './entities.ts';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.js';

const SCHEMA = fileURLToPath(new URL('schema.prisma', import.meta.url));

function extend(client: PrismaClient, keyring: Keyring) {
  return client.$extends(fieldseal({ keyring, manifest }));
}

/** One table of plaintext, and both ORMs over it. */
export interface Shop {
  readonly url: string;
  readonly keyring: Keyring;
  readonly sql: pg.Pool;
  readonly prisma: ReturnType<typeof extend>;
  readonly typeorm: DataSource;
  job(field: string): FieldJobOptions;
  /** Cells in a column, and rows that have a value there and lack its token. */
  count(column: 'aadhaar' | 'dob' | 'card'): Promise<{ cells: number; untokened: number }>;
  close(): Promise<void>;
}

/** People as an application without Fieldseal left them: spelled as they liked, no token. */
export const PEOPLE = [
  {
    label: 'a',
    tenant: 't1',
    aadhaar: '9871 9871 9876',
    dob: '1990-05-17',
    card: '4111111111111111',
  },
  {
    label: 'b',
    tenant: 't1',
    aadhaar: '234523452340',
    dob: '1991-01-01',
    card: '4222 2222 2222 2222',
  },
  { label: 'c', tenant: 't2', aadhaar: '9871 9871 9876', dob: null, card: '4333333333333333' },
  { label: 'd', tenant: 't1', aadhaar: null, dob: '1990-12-31', card: '4444444444441111' },
] as const;

/** @param openKeyring - For one that other processes share; one in memory when absent. */
export async function openShop(
  openKeyring: (url: string) => Promise<Keyring> = () => testKeyring(),
): Promise<Shop> {
  const url = await (await startPostgres()).createDatabase();
  const sql = new pg.Pool({ connectionString: url });
  await sql.query(await createTablesSql(SCHEMA));
  for (const { label, tenant, aadhaar, dob, card } of PEOPLE) {
    await sql.query(
      `INSERT INTO customers (id, tenant_id, label, aadhaar, dob, card)
       VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)`,
      [tenant, label, aadhaar, dob, card],
    );
  }
  const keyring = await openKeyring(url);
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  const prisma = extend(client, keyring);
  const typeorm = await fieldsealTypeorm(
    new DataSource({ type: 'postgres', url, entities: [Customer] }),
    { keyring },
  ).initialize();
  const { graph: _, ...plain } = manifest;
  return {
    url,
    keyring,
    sql,
    prisma,
    typeorm,
    job: (field) => ({
      database: url,
      keyring,
      manifest: plain as unknown as Manifest,
      field,
      load: 1,
      settleMs: 16_000,
    }),
    async count(column) {
      const token = { aadhaar: 'aadhaar_token', dob: 'dob_year', card: 'card_token' }[column];
      const { rows } = await sql.query(
        `SELECT (count(*) FILTER (WHERE ${column} LIKE 'fs1.%'))::int AS cells,
                (count(*) FILTER (WHERE ${column} IS NOT NULL AND ${token} IS NULL))::int AS untokened
           FROM customers`,
      );
      return rows[0];
    },
    async close() {
      await client.$disconnect();
      await typeorm.destroy();
      await sql.end();
      await keyring.close();
    },
  };
}
