import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { fieldseal } from '@fieldseal/prisma';
import { postgresStore } from '@fieldseal/store-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { createTablesSql } from '../../scripts/prisma-offline/ddl.mjs';
import { PrismaClient } from '../generated/client/index.js';
import { manifest } from '../generated/fieldseal/index.js';
import { createPeople } from './people.mjs';

const SCHEMA = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url));

/** An empty database with the tables of the benchmark, and everything that reads and writes it. */
export async function openDatabase(url) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await pool.query(await createTablesSql(SCHEMA));
  const folder = await mkdtemp(join(tmpdir(), 'fieldseal-bench-'));
  const plain = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  const keyrings = [];

  /** A keyring with an empty cache, and the sealed client over it. */
  async function openSealed() {
    const keyring = await openKeyring({
      store: postgresStore(url),
      roots: [devFileRoot({ path: join(folder, 'root') })],
      environment: 'bench',
      development: true,
    });
    keyrings.push(keyring);
    return { keyring, sealed: plain.$extends(fieldseal({ keyring, manifest })) };
  }

  return {
    url,
    pool,
    plain,
    /** Physical cells, as they are, through an extension that does nothing. */
    unopened: plain.$extends({
      query: { $allModels: { $allOperations: ({ args, query }) => query(args) } },
    }),
    openSealed,
    async close() {
      for (const keyring of keyrings) await keyring.close();
      await plain.$disconnect();
      await pool.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** 1,000 equal rows for each model. */
export async function fill({ plain }, sealed, count = 1000) {
  const people = createPeople(count);
  await plain.plain.createMany({ data: people });
  await sealed.suiteOne.createMany({ data: people });
  await sealed.suiteTwo.createMany({ data: people });
  return people;
}
