import { withScope } from '@fieldseal/core';
import { decryptBack, encryptExisting } from '@fieldseal/jobs';
import { And, In, LessThan, Like, MoreThanOrEqual, Not } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from './entities.ts';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
}, 60_000);
afterAll(() => shop.close());

const FIELDS = ['aadhaar', 'dob', 'card'] as const;
const labelsOf = (rows: readonly { readonly label: string }[]) =>
  rows.map(({ label }) => label).sort();

/** The same questions in every phase, asked of both ORMs. */
interface Question {
  readonly name: string;
  prisma(db: Shop['prisma']): Promise<readonly { readonly label: string }[]>;
  typeorm(db: Shop['typeorm']): Promise<readonly { readonly label: string }[]>;
  readonly labels: readonly string[];
}

const year = { from: new Date('1990-01-01'), to: new Date('1991-01-01') };
const QUESTIONS: readonly Question[] = [
  {
    name: 'equals',
    prisma: (db) => db.customer.findMany({ where: { card: '4222 2222 2222 2222' } }),
    typeorm: (db) => db.getRepository(Customer).findBy({ card: '4222 2222 2222 2222' }),
    labels: ['b'],
  },
  {
    name: 'in',
    prisma: (db) => db.customer.findMany({ where: { card: { in: ['4111111111111111', 'x'] } } }),
    typeorm: (db) => db.getRepository(Customer).findBy({ card: In(['4111111111111111', 'x']) }),
    labels: ['a'],
  },
  {
    name: 'not',
    prisma: (db) => db.customer.findMany({ where: { card: { not: '4111111111111111' } } }),
    typeorm: (db) => db.getRepository(Customer).findBy({ card: Not('4111111111111111') }),
    labels: ['b', 'c', 'd'],
  },
  {
    name: 'not, of a field that may be null, within a tenant',
    prisma: (db) =>
      db.customer.findMany({ where: { tenantId: 't1', aadhaar: { not: '9871 9871 9876' } } }),
    typeorm: (db) =>
      db.getRepository(Customer).findBy({ tenantId: 't1', aadhaar: Not('9871 9871 9876') }),
    labels: ['b'],
  },
  {
    name: 'NOT around equals',
    prisma: (db) =>
      db.customer.findMany({ where: { tenantId: 't1', NOT: { aadhaar: '9871 9871 9876' } } }),
    typeorm: (db) =>
      db.getRepository(Customer).findBy({ tenantId: 't1', aadhaar: Not('9871 9871 9876') }),
    labels: ['b'],
  },
  {
    name: 'equals within one tenant only',
    prisma: (db) =>
      withScope({ tenant: 't2' }, () =>
        db.customer.findMany({ where: { aadhaar: '9871 9871 9876' } }),
      ),
    typeorm: (db) =>
      withScope({ tenant: 't2' }, () =>
        db.getRepository(Customer).findBy({ aadhaar: '9871 9871 9876' }),
      ),
    labels: ['c'],
  },
  {
    name: 'the last four digits',
    prisma: (db) => db.customer.findMany({ where: { card: { endsWith: '1111' } } }),
    typeorm: (db) => db.getRepository(Customer).findBy({ card: Like('%1111') }),
    labels: ['a', 'd'],
  },
  {
    name: 'a year',
    prisma: (db) => db.customer.findMany({ where: { dob: { gte: year.from, lt: year.to } } }),
    typeorm: (db) =>
      db
        .getRepository(Customer)
        .findBy({ dob: And(MoreThanOrEqual(year.from), LessThan(year.to)) }),
    labels: ['a', 'd'],
  },
  {
    name: 'one row by a unique field',
    prisma: async (db) => [
      await db.customer.findUniqueOrThrow({ where: { card: '4333333333333333' } }),
    ],
    typeorm: async (db) => [
      await db.getRepository(Customer).findOneByOrFail({ card: '4333333333333333' }),
    ],
    labels: ['c'],
  },
  {
    name: 'one row by a compound unique',
    prisma: async (db) => [
      await db.customer.findUniqueOrThrow({
        where: { tenantId_aadhaar: { tenantId: 't2', aadhaar: '9871 9871 9876' } },
      }),
    ],
    typeorm: (db) =>
      db.getRepository(Customer).findBy({ tenantId: 't2', aadhaar: '9871 9871 9876' }),
    labels: ['c'],
  },
];

/** Text is compared as it stands, tokens are normalised. */
const ONCE_TOKENED: Question = {
  name: 'equals in another spelling',
  prisma: (db) => db.customer.findMany({ where: { card: '4222-2222-2222-2222' } }),
  typeorm: (db) => db.getRepository(Customer).findBy({ card: '4222222222222222' }),
  labels: ['b'],
};

async function expectAnswers(): Promise<void> {
  const { untokened } = await shop.count('card');
  const questions = untokened === 0 ? [...QUESTIONS, ONCE_TOKENED] : QUESTIONS;
  for (const { name, prisma, typeorm, labels } of questions) {
    expect([name, labelsOf(await prisma(shop.prisma))]).toEqual([name, labels]);
    expect([name, labelsOf(await typeorm(shop.typeorm))]).toEqual([name, labels]);
  }
}

async function expectValues(): Promise<void> {
  const ofPrisma = await shop.prisma.customer.findMany({
    where: { label: { in: ['a', 'b', 'c', 'd'] } },
    orderBy: { label: 'asc' },
  });
  const ofTypeorm = await shop.typeorm
    .getRepository(Customer)
    .find({ where: { label: In(['a', 'b', 'c', 'd']) }, order: { label: 'ASC' } });
  expect(ofPrisma.map(({ card }) => card)).toEqual([
    '4111111111111111',
    '4222 2222 2222 2222',
    '4333333333333333',
    '4444444444441111',
  ]);
  expect(ofPrisma[0]?.dob).toEqual(new Date('1990-05-17'));
  expect(ofTypeorm.map(({ card, dob, aadhaar }) => ({ card, dob, aadhaar }))).toEqual(
    ofPrisma.map(({ card, dob, aadhaar }) => ({ card, dob, aadhaar })),
  );
}

/** What an application does in one phase, undone at the end. */
async function expectWrites(stored: RegExp): Promise<void> {
  const { prisma, typeorm, sql } = shop;
  const customers = typeorm.getRepository(Customer);
  const read = async (label: string) =>
    (await sql.query('SELECT * FROM customers WHERE label = $1', [label])).rows[0];
  const made = { tenantId: 't1', aadhaar: '345634563450', dob: new Date('2000-02-29') };
  await prisma.customer.create({ data: { ...made, label: 'new-p', card: '4555 5555' } });
  await customers.save({ ...made, label: 'new-t', aadhaar: null, card: '4666 6666' });
  for (const label of ['new-p', 'new-t']) {
    const row = await read(label);
    expect(row.card).toMatch(stored);
    expect(row.card_token).toHaveLength(32);
    expect(row.dob_year).toHaveLength(16);
  }
  const twice = { tenantId: 't1', label: 'x', card: '4111-1111-1111-1111' };
  // the same number in another spelling: the token column refuses what the text would let through
  const { untokened } = await shop.count('card');
  if (untokened === 0) {
    await expect(prisma.customer.create({ data: twice })).rejects.toMatchObject({ code: 'P2002' });
    await expect(customers.save(twice)).rejects.toThrow();
  }
  const updated = await prisma.customer.update({
    where: { card: '4555 5555' },
    data: { card: '4555 7777' },
  });
  expect(updated.card).toBe('4555 7777');
  const upserted = await prisma.customer.upsert({
    where: { card: '4555 7777' },
    create: { ...made, label: 'never', card: '4555 7777' },
    update: { card: '4555 8888' },
  });
  expect(upserted).toMatchObject({ label: 'new-p', card: '4555 8888' });
  const order = await prisma.order.create({
    data: { item: 'book', customer: { connect: { card: '4555 8888' } } },
    include: { customer: true },
  });
  expect(order.customer.card).toBe('4555 8888');
  await prisma.order.delete({ where: { id: order.id } });
  await customers.update({ label: 'new-t' }, { dob: null });
  expect(await read('new-t')).toMatchObject({ dob: null, dob_year: null });
  await prisma.customer.delete({ where: { card: '4555 8888' } });
  await customers.delete({ card: '4666 6666' });
  expect(await read('new-p')).toBeUndefined();
  expect(await read('new-t')).toBeUndefined();
}

describe('a live table, phase after phase', { timeout: 120_000, shuffle: false }, () => {
  test('plain: everything is found although no row has a token', async () => {
    await expectAnswers();
    await expectValues();
    expect(await shop.count('card')).toEqual({ cells: 0, untokened: 4 });
    await expectWrites(/^4/);
    expect(await shop.count('card')).toEqual({ cells: 0, untokened: 4 });
  });

  test('plain: rows that lack their token are named by unique fields too', async () => {
    const { prisma } = shop;
    const found = await prisma.customer.upsert({
      where: { card: '4333333333333333' },
      create: { tenantId: 't9', label: 'never', card: '4333333333333333' },
      update: { label: 'c' },
    });
    expect(found.label).toBe('c');
    const nobody = prisma.customer.findUnique({ where: { card: '4999' } });
    expect(await nobody).toBeNull();
    await expect(
      prisma.customer.update({ where: { card: '4999' }, data: { label: 'x' } }),
    ).rejects.toMatchObject({ code: 'P2025' });
    await expect(
      shop.typeorm
        .getRepository(Customer)
        .upsert({ tenantId: 't1', label: 'x', card: '4' }, ['card']),
    ).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
  });

  test('migrating: old rows are plaintext, what is written is sealed', async () => {
    for (const field of FIELDS) await shop.keyring.setPhase(`customers.${field}`, 'migrating');
    await expectAnswers();
    await expectValues();
    await expectWrites(/^fs1\./);
    expect(await shop.count('card')).toEqual({ cells: 0, untokened: 4 });
  });

  test('the job seals what is left', async () => {
    for (const field of FIELDS) {
      const report = await encryptExisting(shop.job(`Customer.${field}`));
      expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    }
    expect(await shop.count('card')).toEqual({ cells: 4, untokened: 0 });
    expect(await shop.count('aadhaar')).toEqual({ cells: 3, untokened: 0 });
    await expectAnswers();
    await expectValues();
    await expectWrites(/^fs1\./);
  });

  test('migrating: a row that a version without Fieldseal changed is never silently missing', async () => {
    const { prisma, typeorm, sql } = shop;
    const customers = typeorm.getRepository(Customer);
    const { rows } = await sql.query(`SELECT id, card FROM customers WHERE label = 'a'`);
    const set = 'UPDATE customers SET card = $1 WHERE id = $2';
    await sql.query(set, ['4777000011112222', rows[0].id]);
    // its token is still that of the value before: met by either, the row is an error
    const mismatch = { code: 'ERR_INDEX_MISMATCH' };
    for (const card of ['4777 0000 1111 2222', '4111111111111111']) {
      await expect(prisma.customer.findUnique({ where: { card } })).rejects.toMatchObject(mismatch);
      await expect(prisma.customer.findMany({ where: { card } })).rejects.toMatchObject(mismatch);
      await expect(customers.findBy({ card })).rejects.toMatchObject(mismatch);
    }
    const others = await prisma.customer.findMany({
      where: { NOT: { card: '4777000011112222' } },
      select: { label: true },
    });
    expect(others.map(({ label }) => label).sort()).toEqual(['b', 'c', 'd']);
    const notThis = await customers.find({
      where: { card: Not('4777000011112222') },
      select: { id: true, label: true },
    });
    expect(notThis.map(({ label }) => label).sort()).toEqual(['b', 'c', 'd']);
    // the job gives it its token
    expect(await encryptExisting(shop.job('Customer.card'))).toMatchObject({ state: 'done' });
    expect(await customers.findBy({ card: '4777000011112222' })).toMatchObject([{ label: 'a' }]);
    await customers.update({ id: rows[0].id }, { card: '4111111111111111' });
    await expectAnswers();
  });

  test('sealed: plaintext is refused by both', async () => {
    for (const field of FIELDS) await shop.keyring.setPhase(`customers.${field}`, 'sealed');
    await expectAnswers();
    await expectValues();
    await expectWrites(/^fs1\./);
    const { rows } = await shop.sql.query(`SELECT id, card FROM customers WHERE label = 'a'`);
    const set = 'UPDATE customers SET card = $1 WHERE id = $2';
    await shop.sql.query(set, ['4111111111111111', rows[0].id]);
    const refused = { code: 'ERR_CIPHERTEXT_REJECTED' };
    await expect(shop.prisma.customer.findMany()).rejects.toMatchObject(refused);
    await expect(shop.typeorm.getRepository(Customer).find()).rejects.toMatchObject(refused);
    await shop.sql.query(set, [rows[0].card, rows[0].id]);
  });

  test('leaving: the job opens all of it again, with nothing lost', async () => {
    await Promise.all(
      FIELDS.map(async (field) => {
        const report = await decryptBack(shop.job(`Customer.${field}`));
        expect(report).toMatchObject({ state: 'done', phase: 'leaving', problemCount: 0 });
      }),
    );
    expect(await shop.count('card')).toEqual({ cells: 0, untokened: 0 });
    await expectAnswers();
    await expectValues();
    await expectWrites(/^4/);
  });

  test('plain again: as it began, but for the tokens', async () => {
    for (const field of FIELDS) await shop.keyring.setPhase(`customers.${field}`, 'plain');
    await expectAnswers();
    await expectValues();
    await expectWrites(/^4/);
    const { rows } = await shop.sql.query(
      'SELECT label, aadhaar, dob FROM customers ORDER BY label',
    );
    expect(rows).toEqual([
      { label: 'a', aadhaar: '9871 9871 9876', dob: '1990-05-17' },
      { label: 'b', aadhaar: '234523452340', dob: '1991-01-01' },
      { label: 'c', aadhaar: '9871 9871 9876', dob: null },
      { label: 'd', aadhaar: null, dob: '1990-12-31' },
    ]);
  });
});
