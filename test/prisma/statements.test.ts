import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  const { db, base } = application;
  await base.customer.deleteMany();
  await base.twinCustomer.deleteMany();
  const data = { id: 'c', tenantId: 't1', aadhaar: '1', name: 'x' };
  await db.customer.create({
    data: {
      ...data,
      cards: { create: { id: 'k', number: '1' } },
      profile: { create: { id: 'p', ssn: '1' } },
    },
  });
  await base.twinCustomer.create({
    data: {
      ...data,
      cards: { create: { id: 'k', number: '1' } },
      profile: { create: { id: 'p', ssn: '1' } },
    },
  });
});

async function count(work: () => Promise<unknown>): Promise<number> {
  application.statements.length = 0;
  await work();
  return application.statements.length;
}

describe('a warm call sends as many statements as on the plain twin', () => {
  test('findMany with relations', async () => {
    const { db, base } = application;
    const args = {
      where: { cards: { some: { number: '1' } } },
      include: { cards: true, profile: true },
    };
    expect(await count(() => db.customer.findMany(args))).toBe(
      await count(() => base.twinCustomer.findMany(args)),
    );
  });

  test('findUnique by a sealed unique', async () => {
    const { db, base } = application;
    const where = { tenantId_aadhaar: { tenantId: 't1', aadhaar: '1' } };
    expect(await count(() => db.customer.findUnique({ where }))).toBe(
      await count(() => base.twinCustomer.findUnique({ where })),
    );
  });

  test('create and createMany', async () => {
    const { db, base } = application;
    const card = { id: 'k2', number: '2', customerId: 'c' };
    expect(await count(() => db.card.create({ data: card }))).toBe(
      await count(() => base.twinCard.create({ data: card })),
    );
    const data = [
      { id: 'k3', number: '3', customerId: 'c' },
      { id: 'k4', number: '4', customerId: 'c' },
    ];
    expect(await count(() => db.card.createMany({ data }))).toBe(
      await count(() => base.twinCard.createMany({ data })),
    );
  });

  test('update by key, and upsert by key', async () => {
    const { db, base } = application;
    const update = { where: { id: 'k' }, data: { number: '5' } };
    expect(await count(() => db.card.update(update))).toBe(
      await count(() => base.twinCard.update(update)),
    );
    const upsert = {
      where: { id: 'k' },
      create: { id: 'k', number: '6', customerId: 'c' },
      update: { number: '6' },
    };
    expect(await count(() => db.card.upsert(upsert))).toBe(
      await count(() => base.twinCard.upsert(upsert)),
    );
  });

  test('update by key and tenant', async () => {
    const { db, base } = application;
    const update = { where: { id: 'c', tenantId: 't1' }, data: { name: 'y', aadhaar: null } };
    expect(await count(() => db.customer.update(update))).toBe(
      await count(() => base.twinCustomer.update(update)),
    );
  });

  test('delete and deleteMany', async () => {
    const { db, base } = application;
    expect(await count(() => db.card.delete({ where: { number: '1' } }))).toBe(
      await count(() => base.twinCard.delete({ where: { number: '1' } })),
    );
    expect(await count(() => db.card.deleteMany({ where: { number: '1' } }))).toBe(
      await count(() => base.twinCard.deleteMany({ where: { number: '1' } })),
    );
  });
});

describe('the locate query', () => {
  test('is one statement before an update by another unique', async () => {
    const { db, base } = application;
    const args = { where: { number: '1' }, data: { number: '7' } };
    const plain = await count(() => base.twinCard.update(args));
    expect(await count(() => db.card.update(args))).toBe(plain + 1);
    expect(application.statements[0]).toMatch(/^SELECT "public"\."Card"\."id" FROM/);
  });

  test('is left out when nothing is sealed', async () => {
    const { db, base } = application;
    const args = { where: { number: '1' }, data: { label: 'x' } };
    expect(await count(() => db.card.update(args))).toBe(
      await count(() => base.twinCard.update(args)),
    );
  });
});
