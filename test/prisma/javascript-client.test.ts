import { fieldseal } from '@fieldseal/prisma';
import { testKeyring } from '@fieldseal/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { Prisma, PrismaClient } from './generated/client-js/index.js';
import { manifest } from './generated/fieldseal/index.js';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

test('the client of prisma-client-js is extended in the same way', async () => {
  await using keyring = await testKeyring();
  const adapter = new PrismaPg({ connectionString: application.url });
  const client = new PrismaClient({ adapter });
  const db = client.$extends(fieldseal({ keyring, manifest }));
  const created = await db.customer.create({
    data: {
      tenantId: 't1',
      name: 'Asha',
      address: Prisma.DbNull,
      dob: new Date('1990-01-01'),
      cards: { create: { number: '4111' } },
    },
    include: { cards: true },
  });
  expect(created).toMatchObject({ name: 'Asha', address: null, cards: [{ number: '4111' }] });
  const found = await db.card.findUnique({ where: { number: '4111' } }).customer();
  expect(found).toMatchObject({ name: 'Asha' });
  const document = await db.document.create({
    data: { shelf: 'a', code: 1, content: new Uint8Array([1]), amount: new Prisma.Decimal('1.50') },
  });
  expect(document.amount).toEqual(new Prisma.Decimal('1.5'));
  const reference = db.card.findMany({ where: { label: { equals: db.card.fields.number } } });
  await expect(reference).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
  const taken = db.card.create({ data: { number: '4111', customerId: created.id } });
  await expect(taken).rejects.toBeInstanceOf(Prisma.PrismaClientKnownRequestError);
  await client.$disconnect();
});
