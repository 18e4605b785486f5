/**
 * An application in a process of its own: it opens the keyring, writes twenty customers with
 * cards, waits for the twenty of the other process, and reads and finds them all.
 * Usage: node application-process.mjs <database url> <root file> <own name> <other name>
 */
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { fieldseal } from '@fieldseal/prisma';
import { postgresStore } from '@fieldseal/store-postgres';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client-js/index.js';
import { manifest } from './generated/fieldseal/index.js';

const CUSTOMERS = 20;
const [url, path, own, other] = process.argv.slice(2);

const keyring = await openKeyring({
  store: postgresStore({ connectionString: url }),
  roots: [devFileRoot({ path })],
  environment: 'dev',
  development: true,
  createMissingAliases: true,
});
const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
const db = client.$extends(fieldseal({ keyring, manifest }));

for (let i = 0; i < CUSTOMERS; i++) {
  await db.customer.create({
    data: {
      id: `${own}-${i}`,
      tenantId: 't1',
      name: `${own} ${i}`,
      aadhaar: `${own.charCodeAt(0)}00${i}`,
      cards: { create: { number: `${own.charCodeAt(0)}4111${i}` } },
    },
  });
}
while ((await client.customer.count({ where: { id: { startsWith: other } } })) < CUSTOMERS) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const read = await db.customer.findMany({
  where: { id: { startsWith: other } },
  include: { cards: true },
});
const number = `${other.charCodeAt(0)}41117`;
const found = await db.card.findUnique({ where: { number }, include: { customer: true } });
const where = { tenantId_aadhaar: { tenantId: 't1', aadhaar: `${other.charCodeAt(0)}003` } };
const updated = await db.customer.update({ where, data: { name: `by ${own}` } });
process.stdout.write(
  JSON.stringify({
    read: read.map(({ id, cards }) => `${id}:${cards[0].number}`).sort(),
    found: found.customer.id,
    updated: updated.id,
  }),
);
await client.$disconnect();
await keyring.close();
