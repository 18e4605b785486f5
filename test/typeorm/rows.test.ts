import { randomUUID } from 'node:crypto';
import { withScope } from '@fieldseal/core';
import { In } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { Card, Customer, Plain, Sample, Tag } from './entities.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  const { sql } = application;
  await sql.query('TRUNCATE customer, card, plain, sample, tag CASCADE');
});

/** The statements that `work` sends, without those of transactions. */
async function statements(work: () => Promise<unknown>): Promise<readonly string[]> {
  application.told.length = 0;
  await work();
  return application.told
    .map(({ query }) => query)
    .filter((query) => !/^(START|COMMIT|ROLLBACK)/.test(query));
}

const cards = () => application.db.getRepository(Card);
const setting = () => cards().createQueryBuilder().update().set({ number: '3' });

describe('an update of a row-bound field', () => {
  test('by its key sends nothing more', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    const { id } = await cards.save({ number: '1' });
    expect(await statements(() => cards.update(id, { number: '2' }))).toHaveLength(1);
    expect(await statements(() => cards.update({ id }, { number: '3' }))).toHaveLength(1);
    const rows = db.getRepository(Plain);
    await rows.insert({ shelf: 'a', place: 1, secret: 'x' });
    const key = { shelf: 'a', place: 1 };
    expect(await statements(() => rows.update(key, { secret: 'y' }))).toHaveLength(1);
    const row = await rows.findOneByOrFail({ secret: 'y' });
    row.secret = 'z';
    // one reads the row, as without Fieldseal
    expect(await statements(() => rows.save(row))).toHaveLength(2);
    expect(await rows.countBy({ secret: 'z' })).toBe(1);
  });

  test('by another condition reads the key first, once', async () => {
    const cards = application.db.getRepository(Card);
    const { id } = await cards.save({ number: '1', serial: 'S' });
    const sent = await statements(() => cards.update({ serial: 'S' }, { number: '2' }));
    expect(sent).toEqual([
      expect.stringMatching(/^SELECT DISTINCT "id" FROM "card" WHERE .*"serial" = \$1.* LIMIT 2$/),
      expect.stringMatching(/^UPDATE "card" SET .* AND .*"id" = \$/),
    ]);
    expect((await cards.findOneByOrFail({ number: '2' })).id).toBe(id);
    await cards.update({ number: '2' }, { number: '3' });
    expect(await cards.countBy({ number: '3' })).toBe(1);
  });

  const other = (name: string, value: string) => `${name} = '${value}' OR 1 = 0`;

  test.each<[string, (id: string) => { execute(): Promise<unknown> }]>([
    ['text', (id) => setting().where(other('serial', 'B')).andWhere({ id })],
    ['text that comes later', (id) => setting().where({ id }).andWhere(`1 = 0 OR serial = 'B'`)],
    [
      'what a function gives',
      (id) =>
        setting()
          .where(() => other('serial', 'B'))
          .andWhere({ id }),
    ],
    [
      'conditions that a select builder had',
      (id) =>
        cards()
          .createQueryBuilder()
          .where({ serial: 'B' })
          .orWhere({ serial: 'none' })
          .update()
          .set({ number: '3' })
          .andWhere({ id }),
    ],
  ])('by a key beside %s with an alternative is held to the row that is hit', async (_, update) => {
    const [a] = await cards().save([
      { number: '1', serial: 'A' },
      { number: '2', serial: 'B' },
    ]);
    await update(a!.id).execute();
    const rows = await cards().find({ order: { serial: 'ASC' } });
    expect(rows.map(({ number }) => number)).toEqual(['1', '3']);
  });

  test('by a key beside text with an alternative is refused where it hits more', async () => {
    const [a] = await cards().save([
      { number: '1', serial: 'A' },
      { number: '2', serial: 'B' },
    ]);
    const wide = setting().where({ id: a!.id }).orWhere(`serial = 'B'`);
    await expect(wide.execute()).rejects.toMatchObject({ code: 'ERR_ROW_UNKNOWN' });
    expect(await cards().countBy({ number: In(['1', '2']) })).toBe(2);
  });

  test('by a tenant beside text with an alternative is sealed for the tenant of the row', async () => {
    const customers = application.db.getRepository(Customer);
    const { id } = await customers.save({ tenantId: 't2', name: 'old' });
    await customers
      .createQueryBuilder()
      .update()
      .set({ name: 'new' })
      .where(other('id', id))
      .andWhere({ tenantId: 't1' })
      .execute();
    expect(await customers.findOneBy({ id })).toMatchObject({ tenantId: 't2', name: 'new' });
  });

  test('that matches no row changes nothing', async () => {
    const cards = application.db.getRepository(Card);
    await cards.save({ number: '1' });
    expect((await cards.update({ serial: 'none' }, { number: '2' })).affected).toBe(0);
    expect(await cards.countBy({ number: '1' })).toBe(1);
  });

  test('that matches several rows is refused, but can clear them', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    await cards.save([
      { number: '1', label: 'x' },
      { number: '2', label: 'x' },
    ]);
    await expect(cards.update({ label: 'x' }, { number: '3' })).rejects.toMatchObject({
      code: 'ERR_ROW_UNKNOWN',
    });
    expect(await cards.countBy({ number: '1' })).toBe(1);
    const rows = db.getRepository(Plain);
    await rows.insert([
      { shelf: 'a', place: 1, secret: 'x' },
      { shelf: 'a', place: 2, secret: 'y' },
    ]);
    const sent = await statements(() => rows.update({ shelf: 'a' }, { secret: null }));
    expect(sent).toHaveLength(1);
    expect((await rows.find()).map(({ secret }) => secret)).toEqual([null, null]);
  });

  test('in a transaction uses its connection, with a pool of one', async () => {
    const small = await openApplication({ extra: { max: 1 } });
    try {
      await small.db.transaction(async (manager) => {
        await manager.insert(Card, { number: '1', serial: 'S' });
        await manager.update(Card, { serial: 'S' }, { number: '2' });
        expect(await manager.countBy(Card, { number: '2' })).toBe(1);
      });
    } finally {
      await small.close();
    }
  });

  test('does not change the key of a row', async () => {
    const cards = application.db.getRepository(Card);
    const { id } = await cards.save({ number: '1' });
    await expect(cards.update(id, { id: randomUUID() })).rejects.toMatchObject({
      code: 'ERR_ROW_IDENTITY',
    });
  });
});

describe('a scope', () => {
  const customers = () => application.db.getRepository(Customer);
  const person = { tenantId: 't1', name: 'n', aadhaar: '1' };

  test('of the row is read first where the update does not name it', async () => {
    const { id } = await customers().save(person);
    const sent = await statements(() => customers().update(id, { aadhaar: '2' }));
    expect(sent).toEqual([
      expect.stringMatching(/^SELECT DISTINCT "tenantId" FROM "customer"/),
      expect.stringMatching(/^UPDATE "customer" SET .*"tenantId" = \$/),
    ]);
    const named = { id, tenantId: 't1' };
    expect(await statements(() => customers().update(named, { aadhaar: '3' }))).toHaveLength(1);
    const around = () => customers().update(id, { aadhaar: '4' });
    expect(await statements(() => withScope({ tenant: 't1' }, around))).toHaveLength(1);
    expect(await customers().countBy({ tenantId: 't1', aadhaar: '4' })).toBe(1);
    const loaded = await customers().findOneByOrFail({ id });
    loaded.aadhaar = '5';
    await customers().save(loaded);
    expect((await customers().findOneByOrFail({ tenantId: 't1', aadhaar: '5' })).name).toBe('n');
  });

  test('that changes needs every sealed field in the same call', async () => {
    const { id } = await customers().save(person);
    await expect(customers().update(id, { tenantId: 't2' })).rejects.toMatchObject({
      code: 'ERR_SCOPE_CHANGE',
    });
    const whole = { tenantId: 't2', name: 'm', aadhaar: '2', dob: null, address: null };
    await customers().update(id, whole as never);
    expect((await customers().findOneByOrFail({ tenantId: 't2', aadhaar: '2' })).name).toBe('m');
  });

  test('around fills the column of a new row, and is needed where nothing names one', async () => {
    await withScope({ tenant: 't7' }, () => customers().save({ name: 'n' } as Customer));
    expect((await customers().find())[0]?.tenantId).toBe('t7');
    await expect(customers().save({ name: 'n' } as Customer)).rejects.toMatchObject({
      code: 'ERR_SCOPE_REQUIRED',
    });
    await expect(
      withScope({ tenant: 't7' }, () => customers().save({ ...person })),
    ).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
  });

  test('of the row that an upsert hits has to be the same', async () => {
    const { id } = await customers().save(person);
    await expect(
      customers().upsert({ id, tenantId: 't2', name: 'other' }, ['id']),
    ).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
    const whole = { id, tenantId: 't2', name: 'o', aadhaar: '9', dob: null, address: null };
    await customers().upsert(whole as never, ['id']);
    expect((await customers().findOneByOrFail({ id })).name).toBe('o');
  });
});

test('keys of all kinds open what was sealed for them', async () => {
  const { db } = application;
  const samples = db.getRepository(Sample);
  await samples.insert({ id: '9007199254740993', text: 'large key' });
  await samples.save({ id: 12 as never, text: 'number key' });
  expect((await samples.findOneByOrFail({ id: '12' })).text).toBe('number key');
  expect((await samples.findOneByOrFail({ id: '9007199254740993' })).text).toBe('large key');
  const cards = db.getRepository(Card);
  const id = randomUUID().toUpperCase();
  await cards.insert({ id, number: '1' });
  expect((await cards.findOneByOrFail({ number: '1' })).id).toBe(id.toLowerCase());
  await expect(samples.insert({ id: () => '5', text: 'x' } as never)).rejects.toMatchObject({
    code: 'ERR_ROW_UNKNOWN',
  });
});

test('a field-bound field can be upserted on its own token', async () => {
  const tags = application.db.getRepository(Tag);
  await application.sql.query('CREATE UNIQUE INDEX IF NOT EXISTS one_tag ON tag ("textToken")');
  await tags.upsert({ text: 'x' }, ['text']);
  await tags.upsert({ text: 'x' }, ['text']);
  expect(await tags.countBy({ text: 'x' })).toBe(1);
  await application.sql.query('DROP INDEX one_tag');
});
