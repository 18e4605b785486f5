/**
 * A version of the application that was deployed before the others: `node old-version.mjs <options
 * as JSON>`. With `isAnnotated` it has Fieldseal and knows the field as `plain`; without, it is
 * from before Fieldseal. It says `ready`, then answers each command, an array as JSON, with a line.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { fieldseal } from '@fieldseal/prisma';
import { postgresStore } from '@fieldseal/store-postgres';
import { encryptedColumns, fieldseal as fieldsealTypeorm, last4, unique } from '@fieldseal/typeorm';
import { PrismaPg } from '@prisma/adapter-pg';
import { DataSource, EntitySchema } from 'typeorm';
import { PrismaClient } from './generated/client-js/index.js';
import { manifest } from './generated/fieldseal/index.js';

const { url, rootPath, orm, isAnnotated } = JSON.parse(process.argv[2]);

const keyring = isAnnotated
  ? await openKeyring({
      store: postgresStore(url),
      roots: [devFileRoot({ path: rootPath })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: 100,
    })
  : undefined;

async function withPrisma() {
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
  const db = isAnnotated ? client.$extends(fieldseal({ keyring, manifest })) : client;
  return {
    find: (where) => db.customer.findMany({ where }),
    create: (data) => db.customer.create({ data }),
    update: (id, data) => db.customer.update({ where: { id }, data }),
    close: () => client.$disconnect(),
  };
}

async function withTypeorm() {
  const index = {
    cardToken: unique({ name: 'card_token' }),
    cardLast4: last4({ name: 'card_last4', acceptLeakage: 'test' }),
  };
  const sealed = encryptedColumns(
    { card: { normalize: 'digits', phase: 'plain', index } },
    { key: 'alias/kyc' },
  );
  const Customer = new EntitySchema({
    name: 'Customer',
    tableName: 'customers',
    columns: {
      id: { type: 'uuid', primary: true, generated: 'uuid' },
      tenantId: { type: 'text', name: 'tenant_id' },
      label: { type: 'text' },
      ...(isAnnotated ? sealed.columns : { card: { type: 'text' } }),
    },
    indices: isAnnotated ? [...sealed.indices] : [],
  });
  const source = new DataSource({ type: 'postgres', url, entities: [Customer] });
  const db = await (isAnnotated ? fieldsealTypeorm(source, { keyring }) : source).initialize();
  const customers = db.getRepository(Customer);
  return {
    find: (where) => customers.findBy(where),
    create: (data) => customers.save(data),
    update: (id, data) => customers.update(id, data),
    close: () => db.destroy(),
  };
}

const db = orm === 'prisma' ? await withPrisma() : await withTypeorm();

const commands = {
  async read() {
    const rows = await db.find({});
    return Object.fromEntries(rows.map(({ label, card }) => [label, card]));
  },
  async find(card) {
    const rows = await db.find({ card });
    return rows.map(({ label }) => label).sort();
  },
  async create(label, card) {
    await db.create({ id: randomUUID(), tenantId: 't1', label, card });
    return 'written';
  },
  async update(label, card) {
    const [{ id }] = await db.find({ label });
    await db.update(id, { card });
    return 'written';
  },
  async phase() {
    return keyring.phaseOf('customers.card') ?? null;
  },
};

const lines = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
for await (const line of lines) {
  const [name, ...given] = JSON.parse(line);
  const answer = await commands[name](...given).catch(({ code, message }) => ({ code, message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await db.close();
await keyring?.close();
