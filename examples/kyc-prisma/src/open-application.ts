import { readdir, readFile } from 'node:fs/promises';
import { fieldseal } from '@fieldseal/prisma';
import { type KycApplication, openExampleKeyring } from '@fieldseal-examples/kyc-story';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client/client.ts';
import { manifest } from './generated/fieldseal/index.ts';
import { queries } from './queries.ts';
import { seed } from './seed.ts';

const MIGRATIONS = new URL('../prisma/migrations/', import.meta.url);

/** What `npx prisma migrate deploy` does, without Prisma's engine. */
async function migrate(pool: pg.Pool): Promise<void> {
  for (const entry of (await readdir(MIGRATIONS, { withFileTypes: true })).sort()) {
    if (!entry.isDirectory()) continue;
    await pool.query(await readFile(new URL(`${entry.name}/migration.sql`, MIGRATIONS), 'utf8'));
  }
}

/** The one line that an application adds to its client. */
function createClient(url: string, keyring: KycApplication['keyring']) {
  const adapter = new PrismaPg({ connectionString: url });
  return new PrismaClient({ adapter }).$extends(fieldseal({ keyring, manifest }));
}

export type Client = ReturnType<typeof createClient>;

/** Everything that the application needs, on an empty database. */
export async function openApplication(url: string): Promise<KycApplication> {
  const pool = new pg.Pool({ connectionString: url });
  await migrate(pool);
  const { keyring, close } = await openExampleKeyring(url);
  const prisma = createClient(url, keyring);
  return {
    keyring,
    pool,
    seed: (people) => seed(prisma, people),
    ...queries(prisma),
    async close() {
      await prisma.$disconnect();
      await close();
      await pool.end();
    },
  };
}
