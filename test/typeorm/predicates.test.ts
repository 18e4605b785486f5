import { withScope } from '@fieldseal/core';
import { sealed, token } from '@fieldseal/typeorm';
import {
  And,
  Any,
  Between,
  Brackets,
  Equal,
  type FindOperator,
  ILike,
  In,
  IsNull,
  LessThan,
  Like,
  MoreThan,
  MoreThanOrEqual,
  Not,
  NotBrackets,
  Or,
  Raw,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication } from './application.ts';
import { Card, Customer, Sample, Tag } from './entities.ts';

let application: Application;
const A = '4111111111111234';
const B = '4222222222225678';
const TAGS = ['first tag text', 'second tag text', null];

beforeAll(async () => {
  application = await openApplication();
  const { db } = application;
  await db.getRepository(Tag).save(TAGS.map((text) => ({ text })));
  const people = [
    { tenantId: 't1', name: 'Asha Rao', aadhaar: '123412341238', dob: new Date('1990-05-06') },
    { tenantId: 't1', name: 'Ravi Rao', aadhaar: '234523452340', dob: new Date('1991-12-31') },
    { tenantId: 't1', name: 'Nobody One', aadhaar: null, dob: null },
    { tenantId: 't2', name: 'Asha Two', aadhaar: '123412341238', dob: new Date('1990-01-01') },
  ];
  const saved = await db.getRepository(Customer).save(people as Customer[]);
  await db.getRepository(Card).save([
    { number: A, label: 'a', customer: saved[0] },
    { number: B, label: 'b', customer: saved[1] },
  ] as Card[]);
}, 60_000);

afterAll(async () => {
  await expectNoPlaintext(application, [A, B, 'Asha Rao', '123412341238', 'first tag text']);
  await application.close();
}, 120_000);

const labels = async (number: FindOperator<string> | string): Promise<(string | null)[]> => {
  const cards = await application.db.getRepository(Card).find({ where: { number } });
  return cards.map(({ label }) => label).sort();
};

test('whether rows exist can be asked of null, in the query that TypeORM puts around', async () => {
  const customers = application.db.getRepository(Customer);
  expect(await customers.existsBy({ tenantId: 't1', aadhaar: IsNull() })).toBe(true);
  expect(await customers.existsBy({ tenantId: 't2', aadhaar: IsNull() })).toBe(false);
});

describe('an operator on an indexed field', () => {
  const operators: [string, () => FindOperator<string> | string, string[]][] = [
    ['a value', () => A, ['a']],
    ['a value written another way', () => '4111 1111-1111 1234', ['a']],
    ['Equal', () => Equal(B), ['b']],
    ['In', () => In([A, B, 'x']), ['a', 'b']],
    ['In of one value in two spellings', () => In([A, '4111 1111 1111 1234']), ['a']],
    ['In of nothing', () => In([]), []],
    ['Not', () => Not(A), ['b']],
    ['Not(In)', () => Not(In([A])), ['b']],
    ['Not(In) of nothing', () => Not(In([])), ['a', 'b']],
    ['Not(Not)', () => Not(Not(A)), ['a']],
    ['Or', () => Or(Equal(A), Equal(B)), ['a', 'b']],
    ['Or with IsNull', () => Or(Equal(A), IsNull()), ['a']],
    ['And', () => And(Not(A), Not('x')), ['b']],
    ['IsNull', () => IsNull(), []],
    ['Not(IsNull)', () => Not(IsNull()), ['a', 'b']],
    ['Like with the last four', () => Like('%5678'), ['b']],
    ['Not(Like)', () => Not(Like('%5678')), ['a']],
  ];

  test.each(operators)('%s finds what the plain field would', async (_, make, expected) => {
    const operator = make();
    expect(await labels(operator)).toEqual(expected);
    // the operator of the application is not changed by its use
    expect(await labels(operator)).toEqual(expected);
  });

  const refused: [string, () => FindOperator<string>][] = [
    ['Like in the middle', () => Like('%1111%')],
    ['Like with another length', () => Like('%678')],
    ['Like with a joker', () => Like('%56_8')],
    ['ILike', () => ILike('%5678')],
    ['MoreThan', () => MoreThan(A)],
    ['Between', () => Between(A, B)],
    ['Raw', () => Raw((alias) => `${alias} = '${A.slice(0, 2)}'`)],
    ['Any', () => Any([A])],
    ['Equal of an operator', () => Equal(Not(A))],
    ['Like of no text', () => Like(5 as never)],
  ];

  test.each(refused)('%s is refused', async (_, make) => {
    await expect(labels(make())).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
    await expect(labels(Not(make()))).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
  });

  test('null in a list is refused', async () => {
    await expect(labels(In([A, null as never]))).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
  });

  test('a field without that index is refused', async () => {
    const { db } = application;
    const customers = db.getRepository(Customer);
    await expect(customers.countBy({ name: 'Asha Rao' })).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
      meta: { model: 'Customer', field: 'name' },
    });
    await expect(customers.countBy({ name: In([]) })).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
    await expect(
      db.getRepository(Card).countBy({ numberToken: Buffer.from('x') } as never),
    ).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
  });
});

describe('null', () => {
  test('is not matched by any value, nor by its negation', async () => {
    const tags = application.db.getRepository(Tag);
    expect(await tags.countBy({ text: IsNull() })).toBe(1);
    expect(await tags.countBy({ text: Not('first tag text') })).toBe(1);
    expect(await tags.countBy({ text: Or(Equal('first tag text'), IsNull()) })).toBe(2);
  });
});

describe('a year', () => {
  const count = (dob: FindOperator<Date>) =>
    application.db.getRepository(Customer).countBy({ tenantId: 't1', dob });
  const day = (text: string) => new Date(text);

  test('is asked by whole years', async () => {
    expect(await count(Between(day('1990-01-01'), day('1990-12-31')))).toBe(1);
    const years = And(MoreThanOrEqual(day('1990-01-01')), LessThan(day('1992-01-01')));
    expect(await count(years)).toBe(2);
    expect(await count(And(years, Not(IsNull())))).toBe(2);
  });

  test('a part of a year is refused', async () => {
    const days = Between(day('1990-02-01'), day('1990-12-31'));
    await expect(count(days)).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
    await expect(count(MoreThan(day('1990-01-01')))).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
  });
});

describe('where', () => {
  test('of lists, relations, criteria and brackets', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    expect(await cards.countBy([{ number: A }, { label: 'b' }])).toBe(2);
    const customers = db.getRepository(Customer);
    const found = await customers.findOneByOrFail({ cards: { number: B } });
    expect(found.name).toBe('Ravi Rao');
    const owner = { customer: { tenantId: 't1', aadhaar: '123412341238' } };
    expect((await cards.findOneByOrFail(owner)).label).toBe('a');
    const builder = cards.createQueryBuilder('c').innerJoin('c.customer', 'u');
    expect(
      await builder
        .clone()
        .where({ number: In([A]) })
        .andWhere({ label: 'a' })
        .getCount(),
    ).toBe(1);
    expect(
      await builder
        .clone()
        .where({ customer: { tenantId: 't1', aadhaar: '234523452340' } })
        .getCount(),
    ).toBe(1);
    const bracket = new Brackets((inner) => inner.where({ number: A }).orWhere({ number: B }));
    expect(await builder.clone().where(bracket).getCount()).toBe(2);
    const not = new NotBrackets((inner) => inner.where({ number: A }));
    expect(await builder.clone().where(not).getCount()).toBe(1);
  });

  test('text that names a sealed column is refused, and what is not null can be asked', async () => {
    const cards = application.db.getRepository(Card).createQueryBuilder('c');
    const code = 'ERR_OPERATOR_UNSUPPORTED';
    for (const text of [
      'c.number = :number',
      '"c"."number" = :number',
      'number = :number',
      `c.label = 'x' OR lower( c.number )= :number`,
    ]) {
      await expect(cards.clone().where(text, { number: A }).getMany()).rejects.toMatchObject({
        code,
      });
    }
    await expect(
      cards.clone().having('max(c.number) > :number', { number: A }).getMany(),
    ).rejects.toMatchObject({ code });
    await expect(
      cards.clone().innerJoin(Card, 'd', 'd.number = c.number').getMany(),
    ).rejects.toMatchObject({ code });
    expect(
      await cards
        .clone()
        .where('c.number IS NOT NULL AND c.label = :number', { number: 'a' })
        .getCount(),
    ).toBe(1);
    await expect(
      application.db
        .createQueryBuilder()
        .delete()
        .from(Card)
        .where('number = :v', { v: A })
        .execute(),
    ).rejects.toMatchObject({ code });
  });

  test('a path of a sealed field is one object for each part, and never a key with dots', async () => {
    const samples = application.db.getRepository(Sample);
    await samples.save({ id: '1', home: { email: 'asha@example.org' } });
    const dotted = { 'home.email': 'asha@example.org' } as never;
    const refused = {
      code: 'ERR_OPERATOR_UNSUPPORTED',
      meta: { model: 'Sample', field: 'home.email', operator: 'where' },
    };
    const { db } = application;
    const builders = [
      () => samples.createQueryBuilder('sample').where(dotted).getCount(),
      () => db.createQueryBuilder().delete().from(Sample).where(dotted).execute(),
      () => db.createQueryBuilder().update(Sample).set({ text: null }).where(dotted).execute(),
    ];
    for (const build of builders)
      await expect((async () => build())()).rejects.toMatchObject(refused);
    // find() follows both
    expect(await samples.countBy(dotted)).toBe(1);
    const nested = { home: { email: 'asha@example.org' } };
    expect(await samples.createQueryBuilder('sample').where(nested).getCount()).toBe(1);
  });

  test('text takes tokens and cells as parameters', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    const by = cards.createQueryBuilder('c');
    expect(
      await by
        .clone()
        .where('c.numberToken = :t', { t: token(Card, 'number', A) })
        .getCount(),
    ).toBe(1);
    expect(
      await by
        .clone()
        .where('c.numberToken IN (:...t)', {
          t: [token(Card, 'number', A), token(Card, 'number', B)],
        })
        .getCount(),
    ).toBe(2);
    expect(
      await by
        .clone()
        .where('c.numberLast4 = :t', { t: token(Card, 'number', '5678', { part: 'last4' }) })
        .getCount(),
    ).toBe(1);
    const { id } = await cards.findOneByOrFail({ number: A });
    await db.query('UPDATE card SET number = $1, "numberToken" = $2 WHERE id = $3', [
      sealed(Card, 'number', A, { row: { id } }),
      token(Card, 'number', A),
      id,
    ]);
    expect((await cards.findOneByOrFail({ number: A })).id).toBe(id);
    const rows = await db.query('SELECT id FROM customer WHERE "aadhaarToken" = $1', [
      token(Customer, 'aadhaar', '123412341238', { tenant: 't2' }),
    ]);
    expect(rows).toHaveLength(1);
    await expect(db.query('SELECT $1', [token(Card, 'label', 'x')])).rejects.toMatchObject({
      code: 'ERR_FIELD_UNKNOWN',
    });
    await expect(
      db.query('SELECT $1::bytea', [token(Card, 'number', '4111', { part: 'first6' })]),
    ).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
    expect(() => token(Card, 'number', null)).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_TYPE' }),
    );
  });
});

describe('a tenant', () => {
  const aadhaar = '123412341238';
  const customers = () => application.db.getRepository(Customer);

  test('is taken from the condition, or from the scope around', async () => {
    expect(await customers().countBy({ tenantId: 't2', aadhaar })).toBe(1);
    expect(await customers().countBy({ tenantId: Equal('t1'), aadhaar })).toBe(1);
    expect(await customers().countBy({ tenantId: In(['t1']), aadhaar })).toBe(1);
    const count = await withScope({ tenant: 't2' }, () => customers().countBy({ aadhaar }));
    expect(count).toBe(1);
  });

  test('has to be named', async () => {
    const code = 'ERR_SCOPE_REQUIRED';
    await expect(customers().countBy({ aadhaar })).rejects.toMatchObject({ code });
    await expect(customers().countBy({ tenantId: Not('t1'), aadhaar })).rejects.toMatchObject({
      code,
    });
    await expect(customers().countBy([{ tenantId: 't1' }, { aadhaar }])).rejects.toMatchObject({
      code,
    });
  });

  test('of the scope around narrows a negation to its rows', async () => {
    const found = await withScope({ tenant: 't1' }, () =>
      customers().find({ where: { aadhaar: Not(aadhaar) } }),
    );
    expect(found.map(({ name }) => name)).toEqual(['Ravi Rao']);
    const negated = () =>
      customers()
        .createQueryBuilder('c')
        .where(new NotBrackets((inner) => inner.where({ aadhaar })))
        .getCount();
    await expect(withScope({ tenant: 't1' }, negated)).rejects.toMatchObject({
      code: 'ERR_SCOPE_REQUIRED',
    });
    const named = new NotBrackets((inner) => inner.where({ tenantId: 't1', aadhaar }));
    expect(await customers().createQueryBuilder('c').where(named).getCount()).toBe(2);
  });

  test('that differs from the scope around is refused', async () => {
    await expect(
      withScope({ tenant: 't1' }, () => customers().countBy({ tenantId: 't2', aadhaar })),
    ).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
    await expect(withScope({ tenant: 't1' }, () => customers().find())).rejects.toMatchObject({
      code: 'ERR_SCOPE_CHANGE',
    });
  });
});
