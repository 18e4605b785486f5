import { fileURLToPath } from 'node:url';
import type { Keyring, Manifest } from '@fieldseal/core';
import { type FieldJobOptions, migrationFiles, planMigration } from '@fieldseal/jobs';
import { fieldseal } from '@fieldseal/prisma';
import { testKeyring } from '@fieldseal/testing';
import { fieldseal as fieldsealTypeorm } from '@fieldseal/typeorm';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { createTablesSql } from '../../scripts/prisma-offline/ddl.mjs';
import { startPostgres } from '../support/postgres.ts';
import { MovingRecord } from './entities.ts';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.ts';

/** Fields by name, with what the old column is called. */
export const FIELDS = {
  dob: 'dob',
  visits: 'visits',
  balance: 'balance',
  amount: 'amount',
  active: 'active',
  meta: 'meta',
  seenAt: 'seen_at',
  photo: 'photo',
  ratio: 'ratio',
  code: 'code',
  ref: 'ref',
} as const;
export type FieldName = keyof typeof FIELDS;
export const NAMES = Object.keys(FIELDS) as FieldName[];

/** Values of one row as an application holds them, whatever column they are in. */
export type Values = {
  dob: Date | null;
  visits: number;
  balance: bigint | null;
  amount: string | null;
  active: boolean;
  meta: unknown;
  seenAt: Date | null;
  photo: Uint8Array | null;
  ratio: number | null;
  code: string | null;
  ref: string | null;
};

const ref = (n: number): string => `0190f1c2-0000-7000-8000-${String(n).padStart(12, '0')}`;

export const ROWS: readonly ({ label: string; tenantId: string } & Values)[] = [
  {
    label: 'a',
    tenantId: 't1',
    dob: new Date('1990-05-17'),
    visits: 7,
    balance: 9_007_199_254_740_993n,
    amount: '1200.50',
    active: true,
    meta: { tags: ['x', 1.5, null], deep: { '"q"': "it's" } },
    seenAt: new Date('2020-12-31T23:30:00.123Z'),
    photo: Uint8Array.of(0, 255, 92, 120),
    ratio: 0.1,
    code: '4111 1111 1111 1111',
    ref: ref(1),
  },
  {
    label: 'b',
    tenantId: 't1',
    dob: new Date('1990-01-01'),
    visits: -2_147_483_648,
    balance: 0n,
    amount: '-0.01',
    active: false,
    meta: [],
    seenAt: new Date('2021-01-01T00:00:00Z'),
    photo: new Uint8Array(0),
    ratio: -1e300,
    code: '4222222222222222',
    ref: ref(2),
  },
  {
    label: 'c',
    tenantId: 't2',
    dob: new Date('1990-05-17'),
    visits: 7,
    balance: -5n,
    amount: '1200.50',
    active: true,
    meta: 'a text',
    seenAt: new Date('1969-12-31T23:59:59.999Z'),
    photo: Uint8Array.of(1),
    ratio: 1 / 3,
    code: '4333333333333333',
    ref: ref(3),
  },
  {
    label: 'd',
    tenantId: 't1',
    dob: null,
    visits: 0,
    balance: null,
    amount: null,
    active: false,
    meta: null,
    seenAt: null,
    photo: null,
    ratio: null,
    code: null,
    ref: null,
  },
];

const schemaPath = (name: string): string =>
  fileURLToPath(new URL(`${name}.prisma`, import.meta.url));

/** A database with the tables that Prisma Migrate makes of a schema of this folder. */
export async function createDatabase(schema: 'before' | 'schema' | 'after'): Promise<string> {
  const url = await (await startPostgres()).createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(await createTablesSql(schemaPath(schema)));
  await client.end();
  return url;
}

export async function insertValues(
  sql: pg.Pool,
  table: string,
  row: { label: string; tenantId: string } & Values,
): Promise<void> {
  const columns = NAMES.map((name) => FIELDS[name]).join(', ');
  const places = NAMES.map((_, i) => `$${i + 3}`).join(', ');
  await sql.query(
    `INSERT INTO ${table} (id, tenant_id, label, ${columns})
     VALUES (gen_random_uuid(), $1, $2, ${places})`,
    [row.tenantId, row.label, ...NAMES.map((name) => asParameter(name, row[name]))],
  );
}

/** What the driver sends for a value, in no time zone but UTC. */
export function asParameter(name: FieldName, value: unknown): unknown {
  if (value === null) return null;
  if (name === 'meta') return JSON.stringify(value);
  if (name === 'dob') return (value as Date).toISOString().slice(0, 10);
  if (value instanceof Date) return value.toISOString();
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

function extend(client: PrismaClient, keyring: Keyring) {
  return client.$extends(fieldseal({ keyring, manifest }));
}

const { graph: _, ...plainManifest } = manifest;
export const recordManifest = plainManifest as unknown as Manifest;

/** The table on its way, both ORMs over it, and a twin of it that nothing is sealed in. */
export interface Records {
  readonly url: string;
  readonly keyring: Keyring;
  readonly sql: pg.Pool;
  readonly prisma: ReturnType<typeof extend>;
  readonly typeorm: DataSource;
  readonly options: Pick<FieldJobOptions, 'database' | 'keyring' | 'manifest'>;
  job(field: FieldName): FieldJobOptions;
  migrate(step: 'expand' | 'contract'): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openRecords(): Promise<Records> {
  const url = await createDatabase('before');
  const sql = new pg.Pool({ connectionString: url });
  for (const row of ROWS) await insertValues(sql, 'records', row);
  await sql.query('CREATE TABLE twin AS SELECT * FROM records');
  await sql.query('ALTER TABLE twin ADD PRIMARY KEY (id)');
  const keyring = await testKeyring();
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  const typeorm = fieldsealTypeorm(
    new DataSource({ type: 'postgres', url, entities: [MovingRecord] }),
    { keyring },
  );
  await typeorm.initialize();
  const options = { database: url, keyring, manifest: recordManifest };
  return {
    url,
    keyring,
    sql,
    prisma: extend(client, keyring),
    typeorm,
    options,
    job: (field) => ({ ...options, field: `Record.${field}`, load: 1, settleMs: 16_000 }),
    async migrate(step) {
      const applied: string[] = [];
      for (const field of NAMES) {
        const parts = await planMigration({ ...options, field: `Record.${field}`, step });
        for (const { path, text } of migrationFiles(parts, { for: 'prisma', now: new Date() })) {
          // as Prisma Migrate sends it: the whole file as one query
          await sql.query(text);
          applied.push(path.replace(/^\d{14}_|\/migration\.sql$/g, ''));
        }
      }
      return applied;
    },
    async close() {
      await client.$disconnect();
      await typeorm.destroy();
      await sql.end();
      await keyring.close();
    },
  };
}
