import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { fieldseal } from '@fieldseal/prisma';
import { postgresStore } from '@fieldseal/store-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.ts';

const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url);

/** What `npx prisma migrate deploy` does, without Prisma's engine. */
async function migrate(pool: pg.Pool): Promise<void> {
  for (const entry of (await readdir(MIGRATIONS, { withFileTypes: true })).sort()) {
    if (!entry.isDirectory()) continue;
    await pool.query(await readFile(new URL(`${entry.name}/migration.sql`, MIGRATIONS), 'utf8'));
  }
}

/** A key for each alias that the schema names. */
async function createKeys(keyring: Keyring): Promise<void> {
  const known = new Set(keyring.listKeys().flatMap((key) => key.aliases));
  for (const alias of ['alias/kyc', 'alias/cards']) {
    if (known.has(alias)) continue;
    const { keyId } = await keyring.createKey({ description: `Fields under ${alias}` });
    await keyring.createAlias(alias, keyId);
  }
}

function createClient(url: string, keyring: Keyring) {
  const adapter = new PrismaPg({ connectionString: url });
  return new PrismaClient({ adapter }).$extends(fieldseal({ keyring, manifest }));
}

export interface Application {
  readonly keyring: Keyring;
  readonly prisma: ReturnType<typeof createClient>;
  /** Plain SQL, past Fieldseal: what a database administrator or a thief sees. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/**
 * Everything that an application needs, on an empty database. The root key lies in a temporary
 * file, as an example may; see docs/keys.md for production.
 */
export async function openApplication(url: string): Promise<Application> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-kyc-'));
  const pool = new pg.Pool({ connectionString: url });
  await migrate(pool);
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: join(folder, 'root') })],
    environment: 'dev',
    development: true,
  });
  await createKeys(keyring);
  const prisma = createClient(url, keyring);
  return {
    keyring,
    prisma,
    pool,
    async close() {
      await prisma.$disconnect();
      await keyring.close();
      await pool.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
