import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  await application.base.customer.deleteMany();
  await application.base.note.deleteMany();
  for (const [id, tenantId] of [
    ['c1', 't1'],
    ['c2', 't1'],
    ['c3', 't2'],
  ] as const) {
    await application.db.customer.create({
      data: {
        id,
        tenantId,
        aadhaar: `1000${id.slice(1)}`,
        name: 'same name',
        cards: { create: { id: `k${id}`, number: `4111${id.slice(1)}` } },
        profile: { create: { id: `p${id}`, ssn: id } },
      },
    });
  }
});

async function refused(work: Promise<unknown>, code = 'ERR_CIPHERTEXT_REJECTED'): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'FieldsealError', code });
}

/** Somebody who can write the database, but has no key. */
function attack(sql: string): Promise<unknown> {
  return application.sql.query(sql);
}

const customer = (id: string): Promise<unknown> =>
  application.db.customer.findUnique({ where: { id }, include: { cards: true, profile: true } });

describe('a cell that was moved', () => {
  test.each([
    ['to another row', `UPDATE customers SET name = (SELECT name FROM customers WHERE id = 'c2')`],
    ['to another column of the same row', `UPDATE customers SET name = aadhaar WHERE id = 'c1'`],
    [
      'to another tenant',
      `UPDATE customers SET name = (SELECT name FROM customers WHERE id = 'c3') WHERE id = 'c1'`,
    ],
    [
      'to another table',
      `UPDATE customers SET name = (SELECT number FROM "Card" WHERE id = 'kc1') WHERE id = 'c1'`,
    ],
    ['with its row, by a changed tenant', `UPDATE customers SET tenant_id = 't2' WHERE id = 'c1'`],
    ['with its row, by a changed key', `UPDATE "Card" SET id = 'other' WHERE id = 'kc1'`],
    [
      'in an included row',
      `UPDATE "Profile" SET ssn = (SELECT ssn FROM "Profile" WHERE id = 'pc2') WHERE id = 'pc1'`,
    ],
  ])('%s is refused', async (_name, sql) => {
    expect(await customer('c1')).toMatchObject({ name: 'same name' });
    await attack(sql);
    await refused(customer('c1'));
  });

  test('fails the whole result, and names the row and the field but no value', async () => {
    await attack(
      `UPDATE customers SET name = (SELECT name FROM customers WHERE id = 'c2') WHERE id = 'c1'`,
    );
    const error = await application.db.customer.findMany().catch((caught) => caught);
    expect(error).toMatchObject({ meta: { model: 'Customer', field: 'name', row: 'c1' } });
    expect(error.message).toBe('Customer.name: Ciphertext rejected');
  });
});

describe('a column that was edited', () => {
  test.each([
    ['plaintext', `'Asha'`],
    ['an empty text', `''`],
    ['a cut cell', `left(name, 60)`],
    [
      'a cell with another character',
      `overlay(name placing CASE substr(name, 70, 1) WHEN 'A' THEN 'B' ELSE 'A' END from 70)`,
    ],
    ['a cell with something behind it', `name || 'AAAA'`],
    ['the form of a cell', `'fs1.' || repeat('A', 100)`],
  ])('to %s is refused', async (_name, value) => {
    const { rows } = await application.sql.query(
      `UPDATE customers SET name = ${value} WHERE id = 'c1' RETURNING name`,
    );
    expect(rows).toHaveLength(1);
    await refused(customer('c1'));
  });
});

describe('a token that was moved', () => {
  test('to another row is noticed by the lookup that it serves', async () => {
    await attack(`UPDATE "Card" SET "numberToken" = '\\x00' WHERE id = 'kc2'`);
    await attack(
      `UPDATE "Card" SET "numberToken" = (SELECT "numberToken" FROM "Card" WHERE id = 'kc1') WHERE id = 'kc3'`,
    ).catch(() => attack(`DELETE FROM "Card" WHERE id = 'kc1'`));
    const token = await application.db.$fieldseal.token('Card.number', '41111');
    await application.sql.query(`UPDATE "Card" SET "numberToken" = $1 WHERE id = 'kc3'`, [token]);
    await refused(
      application.db.card.findUnique({ where: { number: '41111' } }),
      'ERR_INDEX_MISMATCH',
    );
  });
});

describe('a cell that is not bound to its row', () => {
  test('is refused in another column, and accepted in another row of the same', async () => {
    const one = await application.db.note.create({ data: { body: 'one' } });
    const two = await application.db.note.create({ data: { body: 'two' } });
    await attack(
      `UPDATE "Note" SET body = (SELECT body FROM "Note" WHERE id = ${one.id}) WHERE id = ${two.id}`,
    );
    const moved = await application.db.note.findUnique({ where: { id: two.id } });
    expect(moved).toMatchObject({ body: 'one' });
    await attack(
      `UPDATE "Note" SET body = (SELECT name FROM customers WHERE id = 'c1') WHERE id = ${two.id}`,
    );
    await refused(application.db.note.findUnique({ where: { id: two.id } }));
  });
});
