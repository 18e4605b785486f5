import { expectSealed } from '@fieldseal/testing';
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
  await application.base.document.deleteMany();
});

const CUSTOMER = {
  id: 'c1',
  tenantId: 't1',
  aadhaar: '2345 6789 0123',
  name: 'Asha Rao',
  dob: new Date('1990-05-06'),
  address: { street: 'MG Road', lines: [1, null, 'x'] },
  email: 'asha@example.com',
};
const CARD = { id: 'k1', number: '4111 1111 1111 1111', label: 'main' };

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await application.sql.query({ text: sql, rowMode: 'array' });
  return rows.map((row: unknown[]) => row[0]);
}

describe('create', () => {
  test('returns what was written, and the database holds cells and tokens', async () => {
    const { createdAt, ...created } = await application.db.customer.create({ data: CUSTOMER });
    expect(created).toEqual({ ...CUSTOMER, visits: 0 });
    expect(createdAt).toBeInstanceOf(Date);
    const { rows } = await application.sql.query('SELECT * FROM customers');
    for (const name of ['aadhaar', 'name', 'dob', 'address']) expectSealed(rows[0][name]);
    expect(rows[0].aadhaar_token).toHaveLength(32);
    expect(rows[0].dobYear).toBeInstanceOf(Uint8Array);
    expect(rows[0].email).toBe(CUSTOMER.email);
  });

  test('makes the id of the row where the application gives none', async () => {
    const { id } = await application.db.customer.create({
      data: { tenantId: 't1', name: 'x' },
      select: { id: true },
    });
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(
      await application.db.customer.findUnique({ where: { id }, select: { name: true } }),
    ).toEqual({ name: 'x' });
  });

  test('seals nested rows at any depth', async () => {
    const created = await application.db.tenant.update({
      where: { id: 't1' },
      data: {
        customers: {
          create: {
            id: 'c1',
            name: 'x',
            aadhaar: '1',
            cards: { create: [CARD, { id: 'k2', number: '42' }] },
            profile: { create: { id: 'p', ssn: '9' } },
          },
        },
      },
      include: { customers: { include: { cards: { orderBy: { id: 'asc' } }, profile: true } } },
    });
    expect(created.customers[0]).toMatchObject({
      aadhaar: '1',
      cards: [{ number: CARD.number }, { number: '42' }],
      profile: { ssn: '9' },
    });
    for (const cell of await column('SELECT number FROM "Card"')) expectSealed(cell);
    for (const cell of await column('SELECT ssn FROM "Profile"')) expectSealed(cell);
  });

  test('keeps null null and the empty text a value', async () => {
    await application.db.customer.create({
      data: { ...CUSTOMER, name: '', aadhaar: null, dob: null },
    });
    const found = await application.db.customer.findFirst();
    expect(found).toMatchObject({ name: '', aadhaar: null, dob: null });
    expect(await column('SELECT aadhaar_token FROM customers')).toEqual([null]);
    expectSealed((await column('SELECT name FROM customers'))[0]);
  });

  test('stores every value type', async () => {
    const document = {
      shelf: 'a',
      code: 1,
      content: new Uint8Array([0, 255, 7]),
      amount: '12345678901234567890.10',
      serial: 2n ** 70n,
      pages: -3,
      weight: 0.1,
      signed: false,
      signedAt: new Date('2026-01-02T03:04:05.678Z'),
    };
    const created = await application.db.document.create({ data: document });
    expect({ ...created, amount: created.amount?.toFixed(2) }).toEqual(document);
    const read = await application.db.document.findUnique({
      where: { shelf_code: { shelf: 'a', code: 1 } },
    });
    expect(read).toEqual(created);
  });

  test('without a key of its own leaves the row unbound, and numbers come from the database', async () => {
    const { id } = await application.db.note.create({ data: { body: 'hello' } });
    expect(await application.db.note.findUnique({ where: { id } })).toMatchObject({
      body: 'hello',
    });
  });
});

describe('createMany and createManyAndReturn', () => {
  const data = [
    { ...CUSTOMER, id: 'a', aadhaar: '1' },
    { ...CUSTOMER, id: 'b', aadhaar: '2' },
  ];

  test('seal every row', async () => {
    expect(await application.db.customer.createMany({ data })).toEqual({ count: 2 });
    for (const cell of await column('SELECT aadhaar FROM customers')) expectSealed(cell);
  });

  test('return the rows opened', async () => {
    const rows = await application.db.customer.createManyAndReturn({
      data,
      select: { aadhaar: true },
    });
    expect(rows).toEqual([{ aadhaar: '1' }, { aadhaar: '2' }]);
  });

  test('skip what is there already', async () => {
    await application.db.customer.createMany({ data });
    const again = await application.db.customer.createMany({
      data: [{ ...CUSTOMER, id: 'z', aadhaar: '1' }],
      skipDuplicates: true,
    });
    expect(again).toEqual({ count: 0 });
  });
});

describe('update', () => {
  beforeEach(async () => {
    await application.db.customer.create({
      data: { ...CUSTOMER, cards: { create: CARD }, profile: { create: { id: 'p1', ssn: '9' } } },
    });
  });

  test.each([
    ['its key', { id: 'k1' }],
    ['a sealed unique', { number: '4111-1111-1111-1111' }],
  ])('by %s changes cell and tokens', async (_name, where) => {
    const updated = await application.db.card.update({
      where,
      data: { number: '5500000000000004' },
    });
    expect(updated.number).toBe('5500000000000004');
    expect(
      await application.db.card.findUnique({ where: { number: '4111111111111111' } }),
    ).toBeNull();
    const found = await application.db.card.findMany({ where: { number: { endsWith: '0004' } } });
    expect(found).toHaveLength(1);
  });

  test('by a compound with a sealed part', async () => {
    const where = { tenantId_aadhaar: { tenantId: 't1', aadhaar: '234567890123' } };
    const updated = await application.db.customer.update({ where, data: { name: { set: 'New' } } });
    expect(updated).toMatchObject({ id: 'c1', name: 'New' });
  });

  test('to null clears the cell and its tokens', async () => {
    await application.db.customer.update({
      where: { id: 'c1' },
      data: { aadhaar: null, dob: { set: null } },
    });
    const { rows } = await application.sql.query(
      'SELECT aadhaar, aadhaar_token, dob, "dobYear" FROM customers',
    );
    expect(rows).toEqual([{ aadhaar: null, aadhaar_token: null, dob: null, dobYear: null }]);
  });

  test('of many rows may clear a field', async () => {
    expect(
      await application.db.customer.updateMany({
        where: { tenantId: 't1' },
        data: { aadhaar: null },
      }),
    ).toEqual({ count: 1 });
    const [row] = await application.db.customer.updateManyAndReturn({ data: { dob: null } });
    expect(row).toMatchObject({ name: CUSTOMER.name, dob: null });
    expect(await column('SELECT aadhaar_token FROM customers')).toEqual([null]);
  });

  test('of a related row by way of its owner', async () => {
    const updated = await application.db.customer.update({
      where: { id: 'c1' },
      data: {
        profile: { update: { ssn: '10' } },
        cards: { update: { where: { id: 'k1' }, data: { number: '1' } } },
      },
      include: { profile: true, cards: true },
    });
    expect(updated).toMatchObject({ profile: { ssn: '10' }, cards: [{ number: '1' }] });
  });

  test('of a row that is not there is P2025, for the row and for a related one', async () => {
    const missing = application.db.card.update({ where: { number: '0' }, data: { number: '1' } });
    await expect(missing).rejects.toMatchObject({ code: 'P2025' });
    await application.db.profile.delete({ where: { ssn: '9' } });
    const related = application.db.customer.update({
      where: { id: 'c1' },
      data: { profile: { update: { ssn: '10' } } },
    });
    await expect(related).rejects.toMatchObject({ code: 'P2025' });
  });

  test('moves a row to another tenant together with all its sealed fields', async () => {
    const { name, aadhaar, dob, address } = CUSTOMER;
    await application.db.customer.update({
      where: { id: 'c1' },
      data: { tenantId: 't2', name, aadhaar, dob, address },
    });
    const where = { tenantId_aadhaar: { tenantId: 't2', aadhaar } };
    expect(await application.db.customer.findUnique({ where })).toMatchObject({ name, aadhaar });
  });
});

describe('upsert', () => {
  const where = { number: '4111111111111111' };

  beforeEach(() => application.db.customer.create({ data: CUSTOMER }));

  test('creates the row, and then finds and updates it', async () => {
    const args = { where, create: { ...CARD, customerId: 'c1' }, update: { number: '42' } };
    expect(await application.db.card.upsert(args)).toMatchObject({ number: CARD.number });
    expect(await application.db.card.upsert(args)).toMatchObject({ id: 'k1', number: '42' });
  });

  test('of a related row creates it, and then updates it', async () => {
    const upsert = { create: { id: 'p', ssn: '1' }, update: { ssn: '2' } };
    const args = { where: { id: 'c1' }, data: { profile: { upsert } }, select: { profile: true } };
    expect(await application.db.customer.update(args)).toMatchObject({ profile: { ssn: '1' } });
    expect(await application.db.customer.update(args)).toMatchObject({
      profile: { id: 'p', ssn: '2' },
    });
  });

  test('from many sides at once leaves one row that opens', async () => {
    const once = (number: string): Promise<unknown> =>
      application.db.card.upsert({
        where,
        create: { number: where.number, customerId: 'c1', label: number },
        update: { label: number, number: where.number },
      });
    await Promise.all(Array.from({ length: 8 }, (_, place) => once(String(place))));
    expect(await application.db.card.findMany({ select: { number: true } })).toEqual([
      { number: where.number },
    ]);
  });
});

describe('delete', () => {
  beforeEach(() =>
    application.db.customer.create({ data: { ...CUSTOMER, cards: { create: CARD } } }),
  );

  test('by a sealed unique returns the row opened', async () => {
    expect(await application.db.card.delete({ where: { number: CARD.number } })).toMatchObject(
      CARD,
    );
  });

  test('of many by a condition on a sealed field hits these and no other', async () => {
    await application.db.card.create({ data: { number: '42', customerId: 'c1' } });
    const where = { number: { notIn: [CARD.number] } };
    expect(await application.db.card.deleteMany({ where })).toEqual({ count: 1 });
    expect(await application.db.card.findMany()).toMatchObject([{ id: 'k1' }]);
  });
});

describe('a unique sealed field', () => {
  test('that is taken is reported by its name, without values', async () => {
    await application.db.customer.create({ data: { ...CUSTOMER, cards: { create: CARD } } });
    const again = application.db.card.create({ data: { number: CARD.number, customerId: 'c1' } });
    const error = await again.catch((caught) => caught);
    expect(error).toMatchObject({
      name: 'PrismaClientKnownRequestError',
      code: 'P2002',
      meta: { driverAdapterError: { cause: { constraint: { fields: ['number'] } } } },
    });
    const second = application.db.customer.create({ data: { ...CUSTOMER, id: 'c9' } });
    await expect(second).rejects.toMatchObject({
      meta: { driverAdapterError: { cause: { constraint: { fields: ['tenantId', 'aadhaar'] } } } },
    });
  });
});
