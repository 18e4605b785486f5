import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

beforeEach(async () => {
  await application.base.customer.deleteMany();
  await application.db.customer.create({
    data: {
      id: 'c',
      tenantId: 't1',
      name: 'Asha',
      cards: { create: { id: 'k', number: '4111 1234' } },
    },
  });
});

afterAll(() => application.close());

test('raw SQL sees cells, which openRows opens', async () => {
  const { db } = application;
  const token = await db.$fieldseal.token('Card.number', '41111234');
  const rows = await db.$queryRaw<{ id: string; number: string }[]>`
    SELECT id, number FROM "Card" WHERE "numberToken" = ${token}`;
  expect(rows[0]?.number).toMatch(/^fs1\./);
  await db.$fieldseal.openRows('Card', rows);
  expect(rows).toEqual([{ id: 'k', number: '4111 1234' }]);
});

test('what seal makes can be written by raw SQL and is found by the client', async () => {
  const { db } = application;
  const { cell, tokens } = await db.$fieldseal.seal('Card.number', '42', { row: { id: 'k' } });
  await db.$executeRaw`
    UPDATE "Card" SET number = ${cell}, "numberToken" = ${tokens.numberToken},
      "numberLast4" = ${tokens.numberLast4}, "numberFirst6" = ${tokens.numberFirst6} WHERE id = 'k'`;
  expect(await db.card.findUnique({ where: { number: '42' } })).toMatchObject({ number: '42' });
});

test('a token may be given instead of the value, by a client that knows token columns', async () => {
  const { db } = application;
  const numberToken = await db.$fieldseal.token('Card.number', '41111234');
  const where = { numberToken } as object as { id: string };
  expect(await db.card.findUnique({ where })).toMatchObject({ id: 'k' });
});

test('the token of a part is that of its column', async () => {
  const token = await application.db.$fieldseal.token('Card.number', '1234', { part: 'last4' });
  const { rows } = await application.sql.query(
    'SELECT count(*)::int AS n FROM "Card" WHERE "numberLast4" = $1',
    [token],
  );
  expect(rows).toEqual([{ n: 1 }]);
});

test('a cell of a scoped field needs its tenant to be opened', async () => {
  const { db, sql } = application;
  const { rows } = await sql.query(`SELECT name FROM customers WHERE id = 'c'`);
  const row = { id: 'c' };
  const opened = await db.$fieldseal.open('Customer.name', rows[0].name, {
    row,
    scope: { tenant: 't1' },
  });
  expect(opened).toBe('Asha');
  const other = db.$fieldseal.open('Customer.name', rows[0].name, { row, scope: { tenant: 't2' } });
  await expect(other).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
});
