import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import type { Prisma } from './generated/client/client.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

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

describe('reading', () => {
  beforeEach(async () => {
    const { db } = application;
    await application.base.customer.deleteMany();
    await db.customer.create({
      data: { ...CUSTOMER, cards: { create: CARD }, profile: { create: { ssn: '9' } } },
    });
    await db.customer.create({
      data: { ...CUSTOMER, id: 'c2', tenantId: 't2', dob: new Date('1991-01-01') },
    });
  });

  test('finds by every supported operator', async () => {
    const { db } = application;
    const numbers: NonNullable<Prisma.CardWhereInput['number']>[] = [
      CARD.number,
      { equals: CARD.number },
      { in: ['1', CARD.number] },
      { not: '1' },
      { notIn: ['1'] },
      { endsWith: '1111' },
      { startsWith: '411111' },
    ];
    for (const number of numbers) {
      expect(await db.card.findMany({ where: { number } }), JSON.stringify(number)).toHaveLength(1);
      expect(await db.card.count({ where: { NOT: { number } } })).toBe(0);
    }
  });

  test('finds by a range of whole years', async () => {
    const year = { gte: new Date('1990-01-01'), lt: new Date('1991-01-01') };
    const where = { tenantId: 't1', dob: year };
    expect(await application.db.customer.findMany({ where, select: { id: true } })).toEqual([
      { id: 'c1' },
    ]);
  });

  test('finds by relations of all kinds', async () => {
    const { db } = application;
    const some = await db.customer.findMany({
      where: { cards: { some: { number: CARD.number } } },
    });
    expect(some.map(({ id }) => id)).toEqual(['c1']);
    const none = await db.customer.findMany({
      where: { cards: { none: { number: CARD.number } } },
    });
    expect(none.map(({ id }) => id)).toEqual(['c2']);
    const is = await db.card.count({ where: { customer: { is: { profile: { ssn: '9' } } } } });
    expect(is).toBe(1);
  });

  test('tells tenants with the same number apart', async () => {
    for (const [tenantId, id] of [
      ['t1', 'c1'],
      ['t2', 'c2'],
    ] as const) {
      const where = { tenantId_aadhaar: { tenantId, aadhaar: CUSTOMER.aadhaar } };
      expect((await application.db.customer.findUniqueOrThrow({ where })).id).toBe(id);
    }
  });

  test('follows the fluent API', async () => {
    const { db } = application;
    expect(await db.customer.findUnique({ where: { id: 'c1' } }).cards()).toMatchObject([CARD]);
    const profile = await db.card
      .findUnique({ where: { number: CARD.number } })
      .customer()
      .profile();
    expect(profile).toMatchObject({ ssn: '9' });
  });

  test('selects, omits and counts', async () => {
    const { db } = application;
    const selected = await db.customer.findUnique({
      where: { id: 'c1' },
      select: {
        name: true,
        cards: { select: { number: true } },
        _count: { select: { cards: true } },
      },
    });
    expect(selected).toEqual({
      name: CUSTOMER.name,
      cards: [{ number: CARD.number }],
      _count: { cards: 1 },
    });
    const omitted = await db.card.findFirst({ omit: { id: true, customerId: true } });
    expect(omitted).toEqual({ number: CARD.number, label: 'main', limit: 0 });
    expect(await db.card.count({ select: { number: true } })).toEqual({ number: 1 });
    const groups = await db.customer.groupBy({ by: ['tenantId'], _count: { aadhaar: true } });
    expect(groups).toHaveLength(2);
  });

  test('batches findUnique by a sealed unique into one statement', async () => {
    await application.db.card.findFirst();
    application.statements.length = 0;
    const numbers = ['1', '2', CARD.number, '4'];
    const found = await Promise.all(
      numbers.map((number) => application.db.card.findUnique({ where: { number } })),
    );
    expect(found.map((row) => row?.id)).toEqual([undefined, undefined, 'k1', undefined]);
    expect(application.statements).toHaveLength(1);
  });
});
