import { token } from '@fieldseal/typeorm';
import { Brackets, Equal, In, IsNull, NotBrackets, Raw, type SelectQueryBuilder } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication } from './application.ts';
import { Card, Customer, Tag } from './entities.ts';

let application: Application;
const NUMBER = '4111111111111234';
const AADHAAR = '123412341238';
const value = { v: NUMBER };

beforeAll(async () => {
  application = await openApplication();
  const { db } = application;
  const owner = { tenantId: 't1', name: 'Asha Rao', aadhaar: AADHAAR } as Customer;
  await db.getRepository(Customer).save(owner);
  await db.getRepository(Card).save({ number: NUMBER, label: 'a', serial: 's', customer: owner });
  await db.getRepository(Tag).save({ text: 'some tag text' });
}, 60_000);

afterAll(async () => {
  await expectNoPlaintext(application, [NUMBER, AADHAAR, 'Asha Rao', 'some tag text']);
  await application.close();
}, 120_000);

let cards: SelectQueryBuilder<Card>;
beforeEach(() => {
  cards = application.db.getRepository(Card).createQueryBuilder('c');
});

const select = (): SelectQueryBuilder<object> => application.db.createQueryBuilder();
const numbers = () => select().select('d.number', 'n').from(Card, 'd');

const refused: [string, () => Promise<unknown>][] = [
  // conditions
  [
    'of a join that comes later',
    () => cards.where('u.aadhaar = :a', { a: AADHAAR }).leftJoin('c.customer', 'u').getMany(),
  ],
  ['that a function gives', () => cards.where(() => 'c.number = :v', value).getMany()],
  [
    'in brackets',
    () => cards.where(new Brackets((inner) => inner.where('c.number = :v', value))).getMany(),
  ],
  [
    'in negated brackets',
    () => cards.where(new NotBrackets((inner) => inner.where('c.number = :v', value))).getMany(),
  ],
  [
    'of Raw on another property',
    () =>
      cards.where({ label: Raw((label) => `${label} = 'a' OR c.number = :v`, value) }).getMany(),
  ],
  ['with spaces before the dot', () => cards.where('c .number = :v', value).getMany()],
  [
    'with the schema before the table',
    () => select().delete().from(Card).where('public.card.number = :v', value).execute(),
  ],
  [
    'with the schema in quotes',
    () =>
      select()
        .update(Card)
        .set({ label: 'b' })
        .where('"public"."card"."number" = :v', value)
        .execute(),
  ],
  [
    'that copies a cell of a table with its schema',
    () =>
      select()
        .update(Card)
        .set({ label: () => 'public.card.number' })
        .where({ serial: 's' })
        .execute(),
  ],
  [
    'that returns whole rows of a table with its schema',
    () =>
      select()
        .update(Card)
        .set({ label: 'b' })
        .where({ serial: 's' })
        .returning('public.card.*')
        .execute(),
  ],
  ['with the alias in parentheses', () => cards.where('(c).number = :v', value).getMany()],
  [
    'in a query within, of another table',
    () =>
      db()
        .createQueryBuilder(Tag, 't')
        .where('EXISTS (SELECT 1 FROM card k WHERE k.number = :v)', value)
        .getMany(),
  ],
  [
    'of a delete, by the name of the table',
    () => select().delete().from(Card).where('card.number = :v', value).execute(),
  ],
  [
    'of an update, by the name of the table',
    () => select().update(Card).set({ label: 'z' }).where('card.number = :v', value).execute(),
  ],
  [
    'of a soft delete',
    () =>
      select().softDelete().from(Customer).where('customer.aadhaar = :a', { a: AADHAAR }).execute(),
  ],
  [
    'of a conflict',
    () =>
      insertCard()
        .orUpdate(['label'], ['id'], {
          overwriteCondition: { where: 'card.number = :v', parameters: value },
        })
        .execute(),
  ],
  ['with a plain value for a token', () => cards.where('c.numberToken = :v', value).getMany()],
  [
    'with plain values for tokens',
    () => cards.where('c.numberToken IN (:...v)', { v: [NUMBER] }).getMany(),
  ],
  // what is selected
  ['that selects everything', () => cards.select('*').getRawMany()],
  ['that selects everything of an alias', () => cards.select('c.*').getRawMany()],
  ['that makes one value of a row', () => cards.select('row_to_json(c)', 'j').getRawMany()],
  ['that casts a row', () => cards.select('"c"::text', 'j').getRawMany()],
  [
    'that reads the table by its name and schema',
    () => select().select('c.number', 'n').from('public.card', 'c').getRawMany(),
  ],
  [
    'that names a table with its schema, beside an object',
    async () =>
      select()
        .select('c.label', 'l')
        .from('public.card', 'c')
        .where({ number: NUMBER })
        .getRawMany(),
  ],
  [
    'that names a table to delete from, beside an object',
    async () =>
      select()
        .delete()
        .from('public.card')
        .where({ NUMBER: Equal(NUMBER) })
        .execute(),
  ],
  [
    'that names a table in a query within, beside an object',
    async () =>
      cards
        .where((builder) => {
          const inner = builder.subQuery().select('k.id').from('public.card', 'k');
          return `c.id IN ${inner.where({ number: NUMBER }).getQuery()}`;
        })
        .getMany(),
  ],
  [
    'of a query as a table',
    () => select().select('x.n', 'n').from(`(${numbers().getQuery()})`, 'x').getRawMany(),
  ],
  [
    'of a query before the statement',
    () =>
      select()
        .addCommonTableExpression('SELECT number AS n FROM card', 'x')
        .select('x.n', 'n')
        .from('x', 'x')
        .getRawMany(),
  ],
  [
    'of a builder before the statement',
    () =>
      select()
        .addCommonTableExpression(numbers(), 'x')
        .select('x.n', 'n')
        .from('x', 'x')
        .getRawMany(),
  ],
  [
    'of a query among the columns of another table',
    () =>
      db()
        .createQueryBuilder(Tag, 't')
        .select('t.id', 'id')
        .addSelect('(SELECT k.number FROM card k LIMIT 1)', 'n')
        .getRawMany(),
  ],
  // order
  [
    'that orders by name in the result',
    () => cards.select('c.number', 'n').orderBy('n').getRawMany(),
  ],
  ['that orders by place', () => cards.select('c.number', 'n').orderBy('1').getRawMany()],
  ["that orders by TypeORM's name", () => cards.orderBy('c_number').getMany()],
  ['that orders by a token', () => cards.orderBy('c.numberToken').getMany()],
  ["that makes TypeORM's name distinct", () => cards.distinctOn(['c_number']).getMany()],
  [
    'that orders an empty page',
    () =>
      db()
        .getRepository(Card)
        .find({ order: { number: 'ASC' }, relations: { customer: true }, take: 1, skip: 9 }),
  ],
  // writes
  [
    'that copies a cell by an update',
    () =>
      select()
        .update(Card)
        .set({ label: () => 'number' })
        .where({ serial: 's' })
        .execute(),
  ],
  [
    'that copies a cell by an insert',
    () =>
      select()
        .insert()
        .into(Card)
        .values({ number: '1', label: () => '(SELECT number FROM card LIMIT 1)' })
        .execute(),
  ],
  [
    'of a builder that copies cells',
    () => select().insert().into(Card, ['label']).valuesFromSelect(numbers()).execute(),
  ],
  [
    'that returns a row',
    () => select().update(Card).set({ label: 'a' }).where('1=0').returning('card.*').execute(),
  ],
  [
    'that returns a column of the table',
    () => select().delete().from(Card).where('1=0').returning('card.number').execute(),
  ],
];

function db(): Application['db'] {
  return application.db;
}

function insertCard() {
  return select().insert().into(Card).values({ number: '4222222222225678' });
}

test.each(refused)('text %s is refused', async (_, run) => {
  await expect(run()).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
});

test('a select that begins as a write is opened', async () => {
  const begun = select().update(Card).select('k.number', 'n').from(Card, 'k');
  expect(await begun.getRawMany()).toEqual([{ n: NUMBER }]);
});

test('a whole entity in the place of a key is refused', async () => {
  const customer = await db()
    .getRepository(Customer)
    .findOneByOrFail({ tenantId: 't1', aadhaar: AADHAAR });
  for (const operator of [Equal(customer), In([customer])]) {
    await expect(db().getRepository(Card).findBy({ customer: operator })).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
      meta: { model: 'Card', field: 'customer' },
    });
  }
});

const allowed: [string, () => Promise<unknown>, unknown][] = [
  ['counts rows', () => cards.select('COUNT(*)', 'n').getRawOne(), { n: '1' }],
  ['counts rows by alias', () => cards.select('count(c)', 'n').getRawOne(), { n: '1' }],
  ['counts what is not null', () => cards.select('COUNT(c.number)', 'n').getRawOne(), { n: '1' }],
  ['multiplies', () => cards.select('2 * 3', 'n').getRawOne(), { n: 6 }],
  [
    'asks for existence',
    () => cards.where('EXISTS (SELECT * FROM customer u WHERE u.id = c.customerId)').getCount(),
    1,
  ],
  [
    'asks in quotes whether it is null',
    () => cards.where('"c"."number" IS NOT NULL').getCount(),
    1,
  ],
  [
    'asks for the existence of related rows without a value',
    () =>
      db()
        .getRepository(Customer)
        .exists({ where: { cards: { number: IsNull() } } }),
    false,
  ],
  [
    'names a column of another table, of the same name',
    () =>
      cards
        .leftJoin('(SELECT 1 AS number)', 'd', 'true')
        .select('"d"."number"', 'n')
        .addSelect('d.number', 'm')
        .getRawOne(),
    { n: 1, m: 1 },
  ],
  [
    'is given tokens',
    () =>
      cards.where('c.numberToken IN (:...t)', { t: [token(Card, 'number', NUMBER)] }).getCount(),
    1,
  ],
  [
    'is a query before the statement with a sealed condition',
    () =>
      select()
        .addCommonTableExpression(
          select().select('d.label', 'n').from(Card, 'd').where({ number: NUMBER }),
          'x',
        )
        .select('x.n', 'n')
        .from('x', 'x')
        .getRawMany(),
    [{ n: 'a' }],
  ],
  [
    'sets another column',
    async () =>
      (
        await select()
          .update(Card)
          .set({ label: () => 'label' })
          .where({ number: NUMBER })
          .execute()
      ).affected,
    1,
  ],
];

test.each(allowed)('text that %s works', async (_, run, expected) => {
  expect(await run()).toEqual(expected);
});
