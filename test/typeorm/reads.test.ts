import { randomUUID } from 'node:crypto';
import { withScope } from '@fieldseal/core';
import { fieldsealOf } from '@fieldseal/typeorm';
import { Brackets, In, IsNull } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication } from './application.ts';
import { Card, Customer, Sample, Tag } from './entities.ts';

let application: Application;
const NUMBER = '4000123412341234';
const OTHER = '4000123412345678';
const NAME = 'Quetzalcoatl Rao';
let card: Card;
let customer: Customer;

beforeAll(async () => {
  application = await openApplication({ cache: true });
  const { db } = application;
  customer = await db.getRepository(Customer).save({
    tenantId: 't1',
    name: NAME,
    aadhaar: '1234 1234 1238',
    dob: new Date('1990-05-06'),
    address: { street: 'Xylophone Street 77' },
    cards: [{ number: NUMBER, tags: [{ text: 'gold card tag' }] }, { number: OTHER }],
  } as never as Customer);
  card = await db.getRepository(Card).findOneByOrFail({ number: NUMBER });
}, 60_000);

afterAll(async () => {
  const secrets = [NUMBER, OTHER, NAME, '1234 1234 1238', 'Xylophone Street', 'gold card tag'];
  await expectNoPlaintext(application, secrets);
  await application.close();
}, 120_000);

const cards = () => application.db.getRepository(Card);
const customers = () => application.db.getRepository(Customer);

describe('entities', () => {
  test('with relations by join and by query', async () => {
    for (const relationLoadStrategy of ['join', 'query'] as const) {
      const found = await customers().findOneOrFail({
        where: { id: customer.id },
        relations: { cards: true },
        relationLoadStrategy,
      });
      expect(found.name).toBe(NAME);
      expect(found.cards.map(({ number }) => number).sort()).toEqual([NUMBER, OTHER]);
      expect(found.cards.find(({ number }) => number === NUMBER)?.tags[0]?.text).toBe(
        'gold card tag',
      );
    }
  });

  test('with chosen columns have just these', async () => {
    const found = await customers().findOneOrFail({
      where: { id: customer.id },
      select: { name: true },
    });
    expect({ ...found }).toEqual({ ...new Customer(), name: NAME });
    expect(JSON.stringify(found)).not.toContain('t1');
  });

  test('by page, with count, with order of an unsealed column', async () => {
    const [found, count] = await customers().findAndCount({
      relations: { cards: true },
      order: { tenantId: 'ASC' },
      take: 1,
    });
    expect(count).toBe(1);
    expect(found[0]?.cards).toHaveLength(2);
    const [chosen] = await customers().findAndCount({ select: { id: true, name: true } });
    expect(chosen[0]?.name).toBe(NAME);
  });

  test('of a query builder: getMany, getOne, getRawAndEntities, without listeners', async () => {
    const builder = cards().createQueryBuilder('c').where({ number: NUMBER });
    expect((await builder.clone().getOne())?.number).toBe(NUMBER);
    expect((await builder.clone().callListeners(false).getMany())[0]?.number).toBe(NUMBER);
    const { raw, entities } = await builder.clone().getRawAndEntities();
    expect(entities[0]?.number).toBe(NUMBER);
    expect(raw[0]).toMatchObject({ c_number: NUMBER });
    expect(Object.keys(raw[0] as object).filter((key) => key.includes('Token'))).toEqual([]);
  });

  test('that are joined and mapped to a property', async () => {
    const found = await customers()
      .createQueryBuilder('u')
      .leftJoinAndMapMany('u.found', Card, 'c', 'c."customerId" = u.id')
      .where({ id: customer.id })
      .getOneOrFail();
    const { found: mapped } = found as unknown as { found: Card[] };
    expect(mapped.map(({ number }) => number).sort()).toEqual([NUMBER, OTHER]);
  });

  test('of the query cache are opened anew, and another value finds another result', async () => {
    const find = (number: string) => cards().find({ where: { number }, cache: 60_000 });
    expect((await find(NUMBER))[0]?.number).toBe(NUMBER);
    expect((await find(NUMBER))[0]?.number).toBe(NUMBER);
    expect((await find(OTHER))[0]?.number).toBe(OTHER);
    expect(await find('4000999999999999')).toEqual([]);
    const page = (number: string) =>
      customers().find({
        where: { cards: { number } },
        relations: { cards: true },
        take: 1,
        cache: 60_000,
      });
    expect(await page(NUMBER)).toHaveLength(1);
    expect(await page('4000999999999999')).toEqual([]);
    const { rows } = await application.sql.query('SELECT result FROM "query-result-cache"');
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).toContain('fs1.');
  });
});

describe('raw results', () => {
  test('getRawMany and getRawOne give values, with nothing added', async () => {
    const raw = await cards()
      .createQueryBuilder('c')
      .select('c.number', 'n')
      .addSelect('c.label')
      .where({ number: NUMBER })
      .getRawMany();
    expect(raw).toEqual([{ n: NUMBER, c_label: null }]);
  });

  test('a stream gives values', async () => {
    const stream = await cards().createQueryBuilder('c').stream();
    const numbers: unknown[] = [];
    for await (const row of stream as AsyncIterable<{ c_number: string }>) {
      numbers.push(row.c_number);
    }
    expect(numbers.sort()).toEqual([NUMBER, OTHER]);
  });

  test('a stream with a sealed condition', async () => {
    const stream = await cards().createQueryBuilder('c').where({ number: OTHER }).stream();
    const rows: unknown[] = [];
    for await (const row of stream as AsyncIterable<unknown>) rows.push(row);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ c_number: OTHER });
  });

  test('rows of SQL are opened by the helper', async () => {
    const rows = await application.db.query('SELECT id, number FROM card ORDER BY "numberToken"');
    expect(rows[0].number).toMatch(/^fs1\./);
    await fieldsealOf(application.db).openRows(Card, rows);
    expect(rows.map(({ number }: Card) => number).sort()).toEqual([NUMBER, OTHER]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['sum', () => application.db.getRepository(Sample).sum('int' as never)],
    ['maximum', () => application.db.getRepository(Sample).maximum('int' as never)],
    [
      'text in select',
      () => cards().createQueryBuilder('c').select('upper(c.number)').getRawMany(),
    ],
    ['order by', () => cards().find({ order: { number: 'ASC' } })],
    ['order by text', () => cards().createQueryBuilder('c').orderBy('c.number').getMany()],
    [
      'group by',
      () => cards().createQueryBuilder('c').select('c.number').groupBy('c.number').getRawMany(),
    ],
    ['distinct', () => cards().createQueryBuilder('c').select('c.number').distinct().getRawMany()],
    ['count of values', () => cards().count({ select: { number: true } })],
    [
      'a subquery',
      async () =>
        cards()
          .createQueryBuilder('c')
          .where((builder) => {
            const inner = builder.subQuery().select('d.number').from(Card, 'd').getQuery();
            return `c.label IN ${inner}`;
          })
          .getMany(),
    ],
  ])('%s over a sealed column is refused', async (_, read) => {
    await expect(read()).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
  });

  test('what is not null can be counted', async () => {
    const counting = cards().createQueryBuilder('c').select('COUNT(c.number)', 'n');
    expect(await counting.getRawOne()).toEqual({ n: '2' });
    expect(await cards().count()).toBe(2);
    expect(await customers().exists({ where: { tenantId: 't1', aadhaar: '123412341238' } })).toBe(
      true,
    );
  });
});

describe('what somebody changed in the table', () => {
  async function swapped(work: () => Promise<void>): Promise<void> {
    const { sql } = application;
    const { rows } = await sql.query('SELECT id, number, "numberToken" FROM card');
    try {
      await work();
    } finally {
      for (const { id, number, numberToken } of rows) {
        await sql.query('UPDATE card SET number = $2, "numberToken" = $3 WHERE id = $1', [
          id,
          number,
          numberToken,
        ]);
      }
    }
  }

  test('a cell of another row is refused, and the next query works', async () => {
    await swapped(async () => {
      await application.sql.query(
        'UPDATE card SET number = (SELECT number FROM card WHERE id <> $1 LIMIT 1) WHERE id = $1',
        [card.id],
      );
      await expect(cards().findOneBy({ id: card.id })).rejects.toMatchObject({
        code: 'ERR_CIPHERTEXT_REJECTED',
      });
      await expect(
        cards().createQueryBuilder('c').where({ id: card.id }).getRawMany(),
      ).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
    });
    expect((await cards().findOneByOrFail({ id: card.id })).number).toBe(NUMBER);
  });

  test('plaintext is refused', async () => {
    await swapped(async () => {
      await application.sql.query(`UPDATE card SET number = 'in the open' WHERE id = $1`, [
        card.id,
      ]);
      await expect(cards().find()).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
    });
  });

  test('a token of another value that finds a row is noticed', async () => {
    await swapped(async () => {
      await application.sql
        .query('UPDATE card SET "numberToken" = NULL WHERE id <> $1', [card.id])
        .catch(() => {});
      const { rows } = await application.sql.query('DELETE FROM card WHERE id <> $1 RETURNING *', [
        card.id,
      ]);
      await application.sql.query('UPDATE card SET "numberToken" = $2 WHERE id = $1', [
        card.id,
        rows[0].numberToken,
      ]);
      await expect(cards().findOneBy({ number: OTHER })).rejects.toMatchObject({
        code: 'ERR_INDEX_MISMATCH',
      });
      await application.sql.query(
        'INSERT INTO card (id, number, "numberToken", "numberLast4", "customerId") VALUES ($1, $2, $3, $4, $5)',
        [rows[0].id, rows[0].number, randomBytes32(), rows[0].numberLast4, rows[0].customerId],
      );
    });
  });
});

function randomBytes32(): Buffer {
  return Buffer.from(randomUUID().replaceAll('-', '').repeat(2), 'hex');
}

test('brackets, null and scopes', async () => {
  const { db } = application;
  expect(
    await customers()
      .createQueryBuilder('c')
      .where(new Brackets((b) => b.where({ tenantId: 't1', aadhaar: In(['1', '123412341238']) })))
      .getCount(),
  ).toBe(1);
  expect(await db.getRepository(Tag).countBy({ text: IsNull() })).toBe(0);
  const count = await withScope({ tenant: 't1' }, () =>
    customers().countBy({ aadhaar: '123412341238' }),
  );
  expect(count).toBe(1);
});
