import { inspect } from 'node:util';
import { createMemoryStore, FieldsealError } from '@fieldseal/core';
import { memoryRoot, testKeyring } from '@fieldseal/testing';
import { Encrypted, fieldseal, fieldsealOf, token, unique } from '@fieldseal/typeorm';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  PrimaryGeneratedColumn,
  ViewEntity,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instrumentedStore } from '../keyring/instrumented-store.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Application, openApplication } from './application.ts';
import { Card, Customer, ENTITIES } from './entities.ts';

let application: Application;
beforeAll(async () => {
  application = await openApplication();
}, 60_000);
afterAll(() => application.close());

const options = (over: Partial<DataSourceOptions> = {}): DataSourceOptions =>
  ({ type: 'postgres', url: application.url, entities: ENTITIES, ...over }) as DataSourceOptions;

describe('fieldseal()', () => {
  test('can be called after initialize()', async () => {
    const db = await new DataSource(options()).initialize();
    fieldseal(db, { keyring: application.keyring });
    await db.getRepository(Card).insert({ number: '4000111122223333' });
    expect(await db.getRepository(Card).countBy({ number: '4000 1111 2222 3333' })).toBe(1);
    expect(await application.db.getRepository(Card).countBy({ number: '4000111122223333' })).toBe(
      1,
    );
    await db.destroy();
  });

  test('is called once for a data source, of PostgreSQL', () => {
    const { keyring } = application;
    const code = 'ERR_CONFIG_INVALID';
    expect(() => fieldseal(application.db, { keyring })).toThrow(expect.objectContaining({ code }));
    const other: DataSource = Object.assign(Object.create(DataSource.prototype), {
      options: { type: 'mysql' },
    });
    expect(() => fieldseal(other, { keyring })).toThrow(expect.objectContaining({ code }));
    expect(() => fieldsealOf(new DataSource(options()))).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_WIRED' }),
    );
  });

  test('two data sources share entities, also when a plain one is made in between', async () => {
    const db = fieldseal(new DataSource(options()), { keyring: application.keyring });
    await db.initialize();
    new DataSource(options());
    await db.getRepository(Card).insert({ number: '4000555566667777' });
    const found = await application.db
      .getRepository(Card)
      .findOneBy({ number: '4000555566667777' });
    expect(found?.number).toBe('4000555566667777');
    await application.db.getRepository(Card).update({ id: found?.id as string }, { label: 'two' });
    expect((await db.getRepository(Card).findOneBy({ number: '4000555566667777' }))?.label).toBe(
      'two',
    );
    await db.destroy();
  });

  test('reads from replicas and writes to the master', async () => {
    const { url } = application;
    const db = fieldseal(
      new DataSource({
        type: 'postgres',
        replication: { master: { url }, slaves: [{ url }] },
        entities: ENTITIES,
      }),
      { keyring: application.keyring },
    );
    await db.initialize();
    const cards = db.getRepository(Card);
    const { id } = await cards.save({ number: '4000888877776666', serial: 'R' });
    await cards.update({ serial: 'R' }, { number: '4000888877776667' });
    expect((await cards.findOneBy({ number: '4000888877776667' }))?.id).toBe(id);
    await db.destroy();
  });

  test('exports the manifest as JSON', () => {
    const { manifest } = fieldsealOf(application.db);
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
    expect(manifest.adapter).toBe('typeorm');
    expect(manifest.models.map(({ name }) => name).sort()).toEqual(
      ['Card', 'Customer', 'Node', 'Person', 'Plain', 'Sample', 'Tag'].sort(),
    );
  });
});

describe('half of it', () => {
  test('entities without fieldseal() write nothing and read nothing', async () => {
    const db = await new DataSource(options()).initialize();
    const cards = db.getRepository(Card);
    const before = await cards.count();
    await expect(cards.insert({ number: '4999888877776666' })).rejects.toThrow(/fieldseal\(/);
    await expect(cards.countBy({ number: '4999888877776666' })).rejects.toThrow(/fieldseal\(/);
    expect(await cards.count()).toBe(before);
    await application.db.getRepository(Card).insert({ number: '4000999900001111' });
    await expect(cards.find()).rejects.toMatchObject({ code: 'ERR_NOT_WIRED' });
    await db.destroy();
  });

  test('a lost subscriber is an error, and no value is in it', async () => {
    const db = fieldseal(new DataSource(options()), { keyring: application.keyring });
    await db.initialize();
    db.subscribers.length = 0;
    const number = '4999777766665555';
    const error = await db
      .getRepository(Card)
      .insert({ number })
      .then(
        () => expect.unreachable('was written'),
        (caught: unknown) => caught,
      );
    expect(String(error)).toContain('subscriber');
    expect(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`).not.toContain(number);
    await db.destroy();
  });
});

describe('errors', () => {
  const shown = (error: unknown): string =>
    `${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`;
  const caught = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.unreachable('was not refused'),
      (error: unknown) => error,
    );

  test('findOneOrFail names the entity and no value', async () => {
    const number = '4777666655554444';
    const cards = application.db.getRepository(Card);
    for (const work of [
      () => cards.findOneOrFail({ where: { number } }),
      () => cards.findOneByOrFail({ number }),
      () => cards.createQueryBuilder('c').where({ number }).getOneOrFail(),
      () => application.db.transaction((manager) => manager.findOneByOrFail(Card, { number })),
    ]) {
      const error = await caught(work());
      expect(String(error)).toContain('Could not find any entity of type "Card"');
      expect(shown(error)).not.toContain(number);
    }
  });

  test('of the database show neither values, nor cells, nor tokens', async () => {
    const cards = application.db.getRepository(Card);
    const number = '4666555544443333';
    await cards.insert({ number });
    const { rows } = await application.sql.query(
      'SELECT number, encode("numberToken", \'hex\') AS token FROM card',
    );
    for (const work of [
      () => cards.insert({ number }),
      () => cards.save({ number }),
      () => cards.insert({ number: '4666555544443334', customer: { id: 'no uuid' } } as never),
    ]) {
      const text = shown(await caught(work()));
      expect(text).not.toContain('4666555544443');
      for (const row of rows) {
        expect(text).not.toContain(row.number);
        expect(text).not.toContain(row.token);
      }
    }
  });

  test('of the database do not quote sealed parameters, whatever it is set to quote', async () => {
    const work = application.db.transaction(async (manager) => {
      await manager.query('SET LOCAL log_parameter_max_length_on_error = -1');
      const asked = [token(Card, 'number', '4666555544443333')];
      await manager.query('SELECT 1 / (length($1::bytea) - 32)', asked);
    });
    const error = await caught(work);
    expect(error).toMatchObject({ code: '22012' });
    expect(shown(error)).not.toContain('portal');
  });
});

describe('keys', () => {
  test('that are cold are loaded for writes and reads; warm calls ask the store nothing', async () => {
    const store = instrumentedStore();
    const keyring = await testKeyring({ store, roots: [memoryRoot()] });
    const cold = await openApplication({}, { keyring });
    const cards = cold.db.getRepository(Card);
    await cards.insert({ number: '1' });
    store.calls.readKeys = 0;
    await cards.insert({ number: '2' });
    expect(await cards.countBy({ number: '2' })).toBe(1);
    expect(await cards.find()).toHaveLength(2);
    expect(store.calls.readKeys).toBe(0);
    await cold.close();
  });

  test('that cannot be had reject the query with our error, and the next one works', async () => {
    const shared = createMemoryStore();
    const root = memoryRoot();
    const writer = await testKeyring({ store: shared, roots: [root] });
    const first = await openApplication({}, { keyring: writer });
    await first.db.getRepository(Card).insert({ number: '1' });
    const store = instrumentedStore(shared);
    const reader = await testKeyring({ store, roots: [root] });
    const second = await openApplication({}, { keyring: reader, url: first.url });
    const cards = second.db.getRepository(Card);
    await fieldsealOf(second.db).ready();
    const code = 'ERR_STORE_UNAVAILABLE';
    store.failure = new FieldsealError(code, 'The wire was cut');
    await expect(cards.find()).rejects.toMatchObject({ code });
    await expect(cards.insert({ number: '2' })).rejects.toMatchObject({ code });
    await expect(cards.countBy({ number: '1' })).rejects.toMatchObject({ code });
    store.failure = undefined;
    expect(await cards.countBy({ number: '1' })).toBe(1);
    await cards.insert({ number: '2' });
    expect(await cards.find()).toHaveLength(2);
    await second.close();
    await first.close();
  });
});

describe('the schema', () => {
  test('of sealed entities has nothing to change after it was made', async () => {
    const { upQueries } = await application.db.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    const { rows } = await application.sql.query(
      `SELECT column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_name = 'card' AND column_name LIKE 'number%' ORDER BY 1`,
    );
    expect(rows).toEqual([
      { column_name: 'number', data_type: 'text', is_nullable: 'NO' },
      { column_name: 'numberLast4', data_type: 'bytea', is_nullable: 'NO' },
      { column_name: 'numberToken', data_type: 'bytea', is_nullable: 'NO' },
    ]);
  });

  test('refuses to drop a column that becomes sealed', async () => {
    @Entity('old_card')
    class OldCard {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Encrypted({ index: { numberToken: unique() } }) number!: string;
      @Column({ type: 'text', nullable: true }) label!: string | null;
    }
    const url = await (await startPostgres()).createDatabase();
    const db = fieldseal(new DataSource({ type: 'postgres', url, entities: [OldCard] }), {
      keyring: application.keyring,
    });
    await db.initialize();
    await db.query('CREATE TABLE old_card (id uuid PRIMARY KEY, number varchar(19), label text)');
    await db.query(`INSERT INTO old_card VALUES (gen_random_uuid(), '4111', 'x')`);
    await expect(db.synchronize()).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      message: expect.stringContaining('old_card.number is varchar(19)'),
    });
    await expect(db.driver.createSchemaBuilder().log()).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
    });
    expect(await db.query('SELECT number FROM old_card')).toEqual([{ number: '4111' }]);
    await expect(db.getRepository(OldCard).find()).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
    });
    await db.destroy();
  });

  test('without a token column or its index is refused before anything is written', async () => {
    const url = await (await startPostgres()).createDatabase();
    const fresh = await openApplication({}, { url, keyring: await testKeyring() });
    await fresh.sql.query('ALTER TABLE card DROP COLUMN "numberLast4"');
    await expect(fresh.db.getRepository(Card).insert({ number: '1' })).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      message: expect.stringContaining('card.numberLast4'),
    });
    await expect(fieldsealOf(fresh.db).ready()).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
    });
    await fresh.sql.query('ALTER TABLE card ADD COLUMN "numberLast4" bytea');
    await fresh.sql.query('CREATE INDEX ON card ("numberLast4")');
    await fieldsealOf(fresh.db).ready();
    await fresh.db.getRepository(Card).insert({ number: '1' });
    await fresh.close();
  });

  test('with a view opens what the view shows', async () => {
    @ViewEntity({
      name: 'card_view',
      expression: 'SELECT id, number, "numberToken" FROM card WHERE label = \'seen\'',
    })
    class CardView {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Encrypted({
        id: 'card.number',
        key: 'alias/kyc',
        normalize: 'digits',
        index: { numberToken: unique() },
      })
      number!: string;
    }
    await application.db.getRepository(Card).save({ number: '4555444433332222', label: 'seen' });
    const db = fieldseal(new DataSource(options({ entities: [...ENTITIES, CardView] as never })), {
      keyring: application.keyring,
    });
    await db.initialize();
    await db.query(`CREATE OR REPLACE VIEW card_view AS
      SELECT id, number, "numberToken" FROM card WHERE label = 'seen'`);
    const views = db.getRepository(CardView);
    expect((await views.find()).map(({ number }) => number)).toEqual(['4555444433332222']);
    expect(await views.countBy({ number: '4555444433332222' })).toBe(1);
    await db.destroy();
  });
});

test('text is not looked at where strict is off', async () => {
  const db = fieldseal(new DataSource(options()), { keyring: application.keyring, strict: false });
  await db.initialize();
  const builder = db
    .getRepository(Customer)
    .createQueryBuilder('c')
    .where('c.aadhaar = :v', { v: 'fs1.x' });
  expect(await builder.getCount()).toBe(0);
  await db.destroy();
});
