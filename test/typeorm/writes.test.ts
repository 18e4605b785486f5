import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication } from './application.ts';
import { Card, Customer, Node, Person, Plain, Sample, Student, Tag, Teacher } from './entities.ts';

let application: Application;
const secrets: string[] = [];

/** A value that stands nowhere else on the server; its digits are a number of their own. */
function secret(): string {
  const text = `4929${String(secrets.length).padStart(4, '0')}${randomUUID().replace(/\D/g, '').slice(0, 8).padEnd(8, '7')}`;
  secrets.push(text);
  return text;
}

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(async () => {
  await expectNoPlaintext(application, secrets);
  await application.close();
}, 120_000);

async function stored(table: string, id: unknown, key = 'id'): Promise<Record<string, unknown>> {
  const { rows } = await application.sql.query(`SELECT * FROM ${table} WHERE ${key} = $1`, [id]);
  return rows[0] as Record<string, unknown>;
}

/** The card is a cell in the table, and its value again when it is read. */
async function expectCard(id: string, number: string): Promise<void> {
  const row = await stored('card', id);
  expect(row.number).toMatch(/^fs1\./);
  expect(row.numberToken).toBeInstanceOf(Uint8Array);
  expect(row.numberLast4).toBeInstanceOf(Uint8Array);
  const cards = application.db.getRepository(Card);
  expect((await cards.findOneByOrFail({ id })).number).toBe(number);
  expect((await cards.findOneByOrFail({ number })).id).toBe(id);
}

describe('save()', () => {
  test('of a new entity gives it its id and keeps its value', async () => {
    const number = secret();
    const cards = application.db.getRepository(Card);
    const card = await cards.save({ number });
    expect(card.number).toBe(number);
    expect(Object.keys(card)).not.toContain('numberToken');
    await expectCard(card.id, number);
  });

  test('of an entity that has its id, without listeners, without reload, in chunks', async () => {
    const cards = application.db.getRepository(Card);
    const [a, b, c] = [secret(), secret(), secret()];
    const id = randomUUID();
    await cards.save({ id, number: a }, { listeners: false });
    await expectCard(id, a);
    const others = await cards.save([{ number: b }, { number: c }], { chunk: 1 });
    for (const { id: other, number } of others) await expectCard(other, number);
    const unread = await cards.save({ id: randomUUID(), number: secret() }, { reload: false });
    await expectCard(unread.id, unread.number);
  });

  test('of an unchanged entity sends no update, whatever its types', async () => {
    const samples = application.db.getRepository(Sample);
    await samples.save({
      id: '7',
      text: secret(),
      bytes: Buffer.from(secret()),
      int: 5,
      big: 12345678901234567890n,
      decimal: '1.50',
      double: Number.NaN,
      flag: false,
      date: new Date('1990-05-06'),
      time: new Date('1990-05-06T07:08:09.010Z'),
      json: { list: [secret()] },
      home: { pan: secret(), email: secret() },
      work: { pan: null },
    });
    const sample = await samples.findOneByOrFail({ id: '7' });
    application.told.length = 0;
    await samples.save(sample);
    expect(application.told.filter(({ query }) => query.startsWith('UPDATE'))).toEqual([]);
    (sample.json as { list: string[] }).list.push(secret());
    await samples.save(sample);
    const updates = application.told.filter(({ query }) => query.startsWith('UPDATE'));
    expect(updates.map(({ query }) => query)).toEqual([
      expect.stringMatching(/^UPDATE "sample" SET "json" = \$1 WHERE/),
    ]);
    expect((await samples.findOneByOrFail({ id: '7' })).json).toEqual(sample.json);
  });

  test('of a changed neighbour does not write the sealed column', async () => {
    const cards = application.db.getRepository(Card);
    const { id } = await cards.save({ number: secret() });
    const before = (await stored('card', id)).number;
    const card = await cards.findOneByOrFail({ id });
    card.label = 'other';
    await cards.save(card);
    expect((await stored('card', id)).number).toBe(before);
    card.number = secret();
    await cards.save(card);
    await expectCard(id, card.number);
  });

  test('that fails leaves the value in the entity, and can be tried again', async () => {
    const cards = application.db.getRepository(Card);
    const taken = secret();
    await cards.save({ number: taken });
    const card = cards.create({ number: taken, label: 'again' });
    await expect(cards.save(card)).rejects.toThrow(/duplicate key value/);
    expect(card.number).toBe(taken);
    card.number = secret();
    const saved = await cards.save(card);
    await expectCard(saved.id, card.number);
  });

  test('follows cascades, many to many and lazy relations', async () => {
    const cards = application.db.getRepository(Card);
    const tag = new Tag();
    tag.text = secret();
    const lazy = new Tag();
    lazy.text = secret();
    const card = cards.create({ number: secret(), tags: [tag] });
    card.lazyTag = Promise.resolve(lazy);
    const customer = await application.db.getRepository(Customer).save({
      tenantId: 't1',
      name: secret(),
      cards: [card],
    } as never as Customer);
    const found = await application.db.getRepository(Customer).findOneOrFail({
      where: { id: customer.id },
      relations: { cards: true },
    });
    expect(found.cards[0]?.number).toBe(card.number);
    expect(found.cards[0]?.tags[0]?.text).toBe(tag.text);
    expect((await found.cards[0]?.lazyTag)?.text).toBe(lazy.text);
  });

  test('of inherited entities, trees and plain JavaScript', async () => {
    const { db } = application;
    const [ssn, roll, pay] = [secret(), secret(), secret()];
    await db.getRepository(Student).save({ id: randomUUID(), ssn, roll });
    await db.getRepository(Teacher).save({ id: randomUUID(), ssn: secret(), pay });
    const student = await db.getRepository(Person).findOneByOrFail({ ssn });
    expect(student).toBeInstanceOf(Student);
    expect((student as Student).roll).toBe(roll);
    expect((await db.getRepository(Teacher).find())[0]?.pay).toBe(pay);

    const trees = db.getTreeRepository(Node);
    const root = await trees.save({ secret: secret() });
    await trees.save({ secret: secret(), parent: root });
    const tree = await trees.findDescendantsTree(root);
    expect(tree.children[0]?.secret).toBe(secrets.at(-1));

    const rows = db.getRepository(Plain);
    const value = secret();
    await rows.save({ shelf: 'a', place: 1, secret: value });
    expect(await rows.findOneBy({ secret: value })).toMatchObject({ shelf: 'a', place: 1 });
    await rows.save({ shelf: 'a', place: 1, secret: secret() });
    expect((await rows.findOneByOrFail({ shelf: 'a', place: 1 })).secret).toBe(secrets.at(-1));
  });

  test('in transactions, savepoints and query runners', async () => {
    const { db } = application;
    const [outer, inner, runner] = [secret(), secret(), secret()];
    await db.transaction(async (manager) => {
      await manager.save(Card, { number: outer });
      await manager.transaction(async (nested) => {
        await nested.save(Card, { number: inner });
        expect(await nested.countBy(Card, { number: outer })).toBe(1);
      });
    });
    const queryRunner = db.createQueryRunner();
    await queryRunner.manager.save(Card, { number: runner });
    await queryRunner.release();
    for (const number of [outer, inner, runner]) {
      expect(await db.getRepository(Card).countBy({ number })).toBe(1);
    }
  });
});

describe('writes without save()', () => {
  test('insert(), of one and of many', async () => {
    const cards = application.db.getRepository(Card);
    const number = secret();
    const result = await cards.insert({ number });
    await expectCard(String(result.identifiers[0]?.id), number);
    const many = [{ number: secret() }, { number: secret() }];
    const { identifiers } = await cards.insert(many);
    for (const [i, each] of many.entries()) await expectCard(identifiers[i]?.id, each.number);
  });

  test('insert of chosen columns writes the tokens too', async () => {
    const { db } = application;
    const number = secret();
    await db.createQueryBuilder().insert().into(Card, ['number']).values({ number }).execute();
    const card = await db.getRepository(Card).findOneByOrFail({ number });
    await expectCard(card.id, number);
  });

  test('insert by the name of the table is sealed as by the entity', async () => {
    const { db } = application;
    const number = secret();
    await db.createQueryBuilder().insert().into('card').values({ number }).execute();
    const card = await db.getRepository(Card).findOneByOrFail({ number });
    await expectCard(card.id, number);
  });

  test('query builders without listeners', async () => {
    const { db } = application;
    const [first, second] = [secret(), secret()];
    const builder = db.createQueryBuilder();
    await builder.insert().into(Card).values({ number: first }).callListeners(false).execute();
    const { id } = await db.getRepository(Card).findOneByOrFail({ number: first });
    await db
      .createQueryBuilder()
      .update(Card)
      .set({ number: second })
      .where({ number: first })
      .callListeners(false)
      .execute();
    await expectCard(id, second);
  });

  test('update() by key, by list of one key, by object and to null', async () => {
    const cards = application.db.getRepository(Card);
    const { id } = await cards.save({ number: secret(), serial: randomUUID() });
    const numbers = [secret(), secret(), secret()];
    await cards.update(id, { number: numbers[0] as string });
    await expectCard(id, numbers[0] as string);
    await cards.update([id], { number: numbers[1] as string });
    await expectCard(id, numbers[1] as string);
    await cards.update({ id }, { number: numbers[2] as string, label: 'x' });
    await expectCard(id, numbers[2] as string);
    const tags = application.db.getRepository(Tag);
    const tag = await tags.save({ text: secret() });
    await tags.update({ text: secrets.at(-1) as string }, { text: null });
    expect(await stored('tag', tag.id)).toMatchObject({ text: null, textToken: null });
  });

  test('update() of an embedded object leaves the partial as it was', async () => {
    const samples = application.db.getRepository(Sample);
    await samples.save({ id: '8', home: { email: secret() } });
    const partial = { home: { email: secret() } };
    await samples.update({ id: '8' }, partial);
    expect(partial).toEqual({ home: { email: secrets.at(-1) } });
    const found = await samples.findOneByOrFail({ home: { email: secrets.at(-1) as string } });
    expect(found.id).toBe('8');
  });

  test('upsert() on the primary key, and of field-bound fields on any unique', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    const id = randomUUID();
    await cards.upsert({ id, number: secret() }, ['id']);
    const number = secret();
    await cards.upsert({ id, number, label: 'second' }, ['id']);
    await expectCard(id, number);
    expect(await cards.countBy({ id })).toBe(1);
  });

  test('upsert() of row-bound fields on another unique is refused and writes nothing', async () => {
    const cards = application.db.getRepository(Card);
    const card = { serial: 'S-1', number: secret() };
    await expect(cards.upsert(card, ['serial'])).rejects.toMatchObject({ code: 'ERR_ROW_UNKNOWN' });
    expect(await cards.countBy({ serial: 'S-1' })).toBe(0);
  });

  test('a conflict overwrites no token without its cell', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    const [id, number] = [randomUUID(), secret()];
    await cards.insert({ id, number });
    const insert = db.createQueryBuilder().insert().into(Card).values({ id, number: secret() });
    const over = insert.orUpdate(['numberToken', 'numberLast4'], ['id']);
    await expect(over.execute()).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
      meta: { model: 'Card', field: 'numberToken' },
    });
    await expectCard(id, number);
  });

  test('a conflict takes a sealed condition, and one that compares what changed', async () => {
    const { db } = application;
    const cards = db.getRepository(Card);
    const [id, number] = [randomUUID(), secret()];
    await cards.insert({ id, number, label: 'old' });
    const over = (label: string, asked: string) =>
      db
        .createQueryBuilder()
        .insert()
        .into(Card)
        .values({ id, number, label })
        .orUpdate(['label'], ['id'], { overwriteCondition: { where: { number: asked } } })
        .execute();
    await over('other', secret());
    expect((await cards.findOneByOrFail({ id })).label).toBe('old');
    await over('new', number);
    expect((await cards.findOneByOrFail({ id })).label).toBe('new');
    const options = { conflictPaths: ['id'], skipUpdateIfNoValuesChanged: true };
    await cards.upsert({ id, number, label: 'last' }, options);
    expect((await cards.findOneByOrFail({ id })).label).toBe('last');
    await expectCard(id, number);
  });

  test('soft delete, restore, recover, remove and increment by a sealed condition', async () => {
    const customers = application.db.getRepository(Customer);
    const aadhaar = secret();
    const customer = await customers.save({ tenantId: 't1', name: secret(), aadhaar });
    await customers.softDelete({ tenantId: 't1', aadhaar });
    expect(await customers.countBy({ tenantId: 't1', aadhaar })).toBe(0);
    await customers.restore({ tenantId: 't1', aadhaar });
    await customers.increment({ tenantId: 't1', aadhaar }, 'version', 5);
    const found = await customers.findOneByOrFail({ tenantId: 't1', aadhaar });
    expect(found.name).toBe(customer.name);
    await customers.softRemove(found);
    await customers.recover(found);
    expect(found.aadhaar).toBe(aadhaar);
    await customers.delete({ tenantId: 't1', aadhaar });
    expect(await customers.countBy({ id: customer.id })).toBe(0);
  });
});

describe('refused, with nothing sent', () => {
  const expression = () => "'clear'";

  test.each<[string, (number: string) => Promise<unknown>]>([
    ['set(() => sql)', () => cards().update({ id: randomUUID() }, { number: expression })],
    [
      'a key with dots, whose token would stay',
      (number) => samples().update({ id: '1' }, { 'home.email': number } as never),
    ],
    [
      'a key with dots for a row’s own key',
      () =>
        application.db
          .getRepository(Plain)
          .update({ shelf: 'a', place: 1 }, { 'shelf.x': 'b' } as never),
    ],
    ['insert of an expression', () => cards().insert({ number: expression as never })],
    ['increment', () => application.db.getRepository(Sample).increment({ id: '1' }, 'int', 1)],
    ['returning *', (number) => inserting(number).returning('*').execute()],
    ['returning a sealed column', (number) => inserting(number).returning(['number']).execute()],
    [
      'the name of its table with its schema',
      (number) =>
        application.db
          .createQueryBuilder()
          .insert()
          .into('public.card')
          .values({ number })
          .execute(),
    ],
    [
      'a token of one’s own',
      (number) => cards().insert({ number, numberToken: Buffer.from('x') } as never),
    ],
    [
      'insert from select',
      () =>
        application.db
          .createQueryBuilder()
          .insert()
          .into(Card, ['number'])
          .valuesFromSelect((from) => from.select('c.label', 'number').from(Card, 'c'))
          .execute(),
    ],
  ])('%s', async (_, write) => {
    const { sql } = application;
    const count = async () => (await sql.query('SELECT count(*) FROM card')).rows[0].count;
    const before = await count();
    await expect(write(secret())).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });
    expect(await count()).toBe(before);
  });

  const samples = () => application.db.getRepository(Sample);
  const cards = () => application.db.getRepository(Card);
  const inserting = (number: string) =>
    application.db.createQueryBuilder().insert().into(Card).values({ number });
});
