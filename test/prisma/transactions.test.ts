import { testKeyring } from '@fieldseal/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, connect, extend, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  await application.base.customer.deleteMany();
  await application.db.customer.create({
    data: { id: 'c', tenantId: 't1', name: 'x', cards: { create: { id: 'k', number: '1' } } },
  });
});

const stop = new RangeError('stop');

describe('an interactive transaction', () => {
  test('sees its own sealed rows, also by way of the locate query, and commits them', async () => {
    await application.db.$transaction(async (tx) => {
      await tx.card.create({ data: { number: '2', customerId: 'c' } });
      expect(await application.db.card.findUnique({ where: { number: '2' } })).toBeNull();
      await tx.card.update({ where: { number: '2' }, data: { number: '3' } });
    });
    expect(await application.db.card.findUnique({ where: { number: '3' } })).not.toBeNull();
  });

  test('that fails leaves nothing behind', async () => {
    const work = application.db.$transaction(async (tx) => {
      await tx.card.update({ where: { number: '1' }, data: { number: '9' } });
      throw stop;
    });
    await expect(work).rejects.toBe(stop);
    expect(await application.db.card.findMany({ select: { number: true } })).toEqual([
      { number: '1' },
    ]);
  });

  test('ends when something is refused, and nothing is written', async () => {
    const work = application.db.$transaction(async (tx) => {
      await tx.card.update({ where: { number: '1' }, data: { number: '9' } });
      await tx.card.updateMany({ data: { number: '10' } });
    });
    await expect(work).rejects.toMatchObject({ code: 'ERR_ROW_UNKNOWN' });
    expect(await application.db.card.count({ where: { number: '1' } })).toBe(1);
  });
});

describe('a batch', () => {
  test('writes all of it in order', async () => {
    const { db } = application;
    const [updated, created] = await db.$transaction([
      db.card.update({ where: { number: '1' }, data: { number: '2' } }),
      db.card.create({ data: { number: '1', customerId: 'c' } }),
    ]);
    expect([updated.number, created.number]).toEqual(['2', '1']);
  });

  test('is rolled back as a whole when one part fails', async () => {
    const { db } = application;
    const work = db.$transaction([
      db.card.update({ where: { id: 'k' }, data: { number: '2' } }),
      db.card.create({ data: { number: '2', customerId: 'c' } }),
    ]);
    await expect(work).rejects.toMatchObject({ code: 'P2002' });
    expect(await db.card.findMany({ select: { number: true } })).toEqual([{ number: '1' }]);
  });

  test('with a refused part writes nothing', async () => {
    const { db } = application;
    const work = db.$transaction([
      db.card.create({ data: { number: '2', customerId: 'c' } }),
      db.card.update({ where: { number: '2' }, data: { number: '3' } }),
    ]);
    await expect(work).rejects.toMatchObject({ code: 'ERR_ROW_UNKNOWN' });
    expect(await db.card.count()).toBe(1);
  });
});

describe('a row that changes between locate query and write', () => {
  test('is not found, rather than given a cell of another row', async () => {
    const { db, sql } = application;
    // The row that `number: '1'` names becomes another one after it was located.
    const swap = async (): Promise<void> => {
      await sql.query(`UPDATE "Card" SET id = 'other' WHERE id = 'k'`);
    };
    const racing = db.$extends({
      query: {
        card: {
          async update({ args, query, operation }) {
            if (operation === 'update') await swap();
            return query(args);
          },
        },
      },
    });
    const work = racing.card.update({ where: { number: '1' }, data: { number: '2' } });
    await expect(work).rejects.toMatchObject({ code: 'P2025' });
    const { rows } = await sql.query('SELECT id FROM "Card"');
    expect(rows).toEqual([{ id: 'other' }]);
  });
});

describe('a pool of one connection', () => {
  test('is enough for the first use inside a transaction', async () => {
    const keyring = await testKeyring();
    const client = connect(application.url, [], { max: 1 });
    const db = extend(client, keyring);
    await application.base.customer.deleteMany();
    await db.$transaction(async (tx) => {
      await tx.customer.create({ data: { id: 'c', tenantId: 't1', name: 'x', aadhaar: '1' } });
      await tx.customer.update({
        where: { tenantId_aadhaar: { tenantId: 't1', aadhaar: '1' } },
        data: { name: 'y' },
      });
    });
    const [first] = await db.$transaction([
      db.customer.update({ where: { id: 'c' }, data: { name: 'z' } }),
      db.customer.count(),
    ]);
    expect(first.name).toBe('z');
    await client.$disconnect();
    await keyring.close();
  });
});
