/** Fieldseal by nothing but a subscriber in the options of a data source. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Keyring } from '@fieldseal/core';
import { testKeyring } from '@fieldseal/testing';
import {
  Encrypted,
  equality,
  fieldseal,
  fieldsealOf,
  fieldsealSubscriber,
} from '@fieldseal/typeorm';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  EventSubscriber,
  getMetadataArgsStorage,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';
import { Card, ENTITIES } from './entities.ts';

const NUMBER = '4333222211110000';

let keyring: Keyring;
let url: string;
beforeAll(async () => {
  keyring = await testKeyring();
  url = await (await startPostgres()).createDatabase();
  const db = await source({ synchronize: true }).initialize();
  await db.getRepository(Card).save({ number: NUMBER });
  await db.destroy();
}, 60_000);
afterAll(() => keyring.close());

const source = (over: Partial<DataSourceOptions> = {}): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    entities: ENTITIES,
    subscribers: [fieldsealSubscriber({ keyring })],
    ...over,
  } as DataSourceOptions);

describe('a listed subscriber', () => {
  test('seals, opens and finds, from synchronize on, and guards the schema', async () => {
    const fresh = await (await startPostgres()).createDatabase();
    const db = await source({ url: fresh, synchronize: true } as never).initialize();
    const cards = db.getRepository(Card);
    const { id } = await cards.save({ number: NUMBER });
    expect(await cards.findOneByOrFail({ number: '4333 2222 1111 0000' })).toMatchObject({ id });
    await expect(cards.findOneByOrFail({ number: '4999' })).rejects.not.toThrow('4999');
    await expect(cards.find({ order: { number: 'ASC' } })).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
    expect(db.subscribers).toHaveLength(1);
    await fieldsealOf(db).ready();
    expect((await db.driver.createSchemaBuilder().log()).upQueries).toEqual([]);
    await db.query('ALTER TABLE card ALTER number TYPE varchar(500)');
    await expect(db.synchronize()).rejects.toMatchObject({ code: 'ERR_MANIFEST_MISMATCH' });
    await db.query('ALTER TABLE card ALTER number TYPE text');
    await db.destroy();
    const server = await startPostgres();
    expect(await huntPlaintext({ server, url: fresh, secrets: [NUMBER] })).toEqual([]);
  });

  test('works in a repository that was taken before, and after initialising again', async () => {
    const db = source();
    const cards = db.getRepository(Card);
    await db.initialize();
    expect(await cards.countBy({ number: NUMBER })).toBe(1);
    await db.destroy();
    await db.initialize();
    expect(await db.getRepository(Card).findOneBy({ number: NUMBER })).toMatchObject({
      number: NUMBER,
    });
    await db.destroy();
  });

  test('is one class for many data sources, beside a subscriber of the application', async () => {
    const seen: unknown[] = [];
    @EventSubscriber()
    class Listener {
      afterInsert({ entity }: { entity: unknown }): void {
        seen.push(entity);
      }
    }
    const subscribers = [Listener, fieldsealSubscriber({ keyring })];
    const [first, second] = [source({ subscribers }), source({ subscribers })];
    await Promise.all([first.initialize(), second.initialize()]);
    await first.getRepository(Card).save({ number: '4333000011112222' });
    expect(await second.getRepository(Card).countBy({ number: '4333000011112222' })).toBe(1);
    expect(seen).toMatchObject([{ number: '4333000011112222' }]);
    await Promise.all([first.destroy(), second.destroy()]);
  });

  test('leaves data sources alone that do not list it', async () => {
    const db = await source({ subscribers: [] }).initialize();
    expect(db.subscribers).toEqual([]);
    expect(() => fieldsealOf(db)).toThrow(expect.objectContaining({ code: 'ERR_NOT_WIRED' }));
    await expect(db.getRepository(Card).find()).rejects.toMatchObject({ code: 'ERR_NOT_WIRED' });
    await db.destroy();
  });
});

describe('half of it', () => {
  const code = 'ERR_CONFIG_INVALID';

  test('two of them, or one beside fieldseal(), do not start', async () => {
    const [one, other] = [fieldsealSubscriber({ keyring }), fieldsealSubscriber({ keyring })];
    const twice = source({ subscribers: [one, other] });
    await expect(twice.initialize()).rejects.toMatchObject({ code });
    expect(twice.isInitialized).toBe(false);
    const both = fieldseal(source(), { keyring });
    await expect(both.initialize()).rejects.toMatchObject({ code });
    const late = await source().initialize();
    expect(() => fieldseal(late, { keyring })).toThrow(expect.objectContaining({ code }));
    await late.destroy();
  });

  test('an entity that cannot be sealed does not start, twice', async () => {
    @Entity('numbered')
    class Numbered {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Column({ type: 'int' }) @Encrypted({ key: 'alias/kyc', type: 'int' }) pin!: number;
    }
    const db = source({ entities: [Numbered] });
    for (let i = 0; i < 2; i += 1) {
      await expect(db.initialize()).rejects.toMatchObject({ code: 'ERR_ANNOTATION_INVALID' });
      expect(db.isInitialized).toBe(false);
    }
    const { columns } = getMetadataArgsStorage();
    columns.splice(0, columns.length, ...columns.filter(({ target }) => target !== Numbered));
  });

  test('one that was added by hand refuses every statement', async () => {
    const db = await source({ subscribers: [] }).initialize();
    const Subscriber = fieldsealSubscriber({ keyring });
    db.subscribers.push(new Subscriber());
    await expect(db.query('SELECT 1')).rejects.toMatchObject({ code: 'ERR_NOT_WIRED' });
    db.subscribers.length = 0;
    await db.destroy();
  });

  test('one that the command line took out before migrations writes nothing', async () => {
    const db = source();
    db.setOptions({ subscribers: [] });
    await db.initialize();
    await expect(db.getRepository(Card).insert({ number: NUMBER })).rejects.toThrow(
      /fieldsealSubscriber/,
    );
    await db.destroy();
  });
});

describe('files named by a pattern', () => {
  const folder = fileURLToPath(new URL('generated', import.meta.url));
  // loaded by Node itself, which cannot read the sources that this test runs on
  const ENTITY = (name: string) => `
const { Encrypted, equality, Column, Entity, PrimaryColumn } = globalThis.fieldsealTest;
export class ${name} {}
Entity('${name.toLowerCase()}')(${name});
PrimaryColumn('uuid')(${name}.prototype, 'id');
// as decorators run: the lower one first
Encrypted({ key: 'alias/kyc', index: { secretToken: equality() } })(${name}.prototype, 'secret');
Column({ type: 'varchar', length: 300, nullable: true })(${name}.prototype, 'secret');
`;
  beforeAll(async () => {
    const decorators = { Encrypted, equality, Column, Entity, PrimaryColumn };
    Object.assign(globalThis, { fieldsealTest: { ...decorators, fieldsealSubscriber, keyring } });
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/first.entity.mjs`, ENTITY('First'));
    await writeFile(`${folder}/second.entity.mjs`, ENTITY('Second'));
    await writeFile(
      `${folder}/seals.subscriber.mjs`,
      `const { fieldsealSubscriber, keyring } = globalThis.fieldsealTest;
export const Seals = fieldsealSubscriber({ keyring });`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function expectSealed(db: DataSource, name: string): Promise<void> {
    await db.initialize();
    const rows = db.getRepository<{ id: string; secret: string | null }>(name);
    const id = '01890000-0000-7000-8000-000000000000';
    await rows.insert({ id, secret: 'by pattern' });
    expect(await rows.findOneBy({ secret: 'by pattern' })).toEqual({ id, secret: 'by pattern' });
    await rows.update(id, { secret: null });
    const { maxBytes, nullable } = fieldsealOf(db).manifest.models[0]!.fields[0]!;
    expect({ nullable, isLimited: maxBytes !== undefined }).toEqual({
      nullable: true,
      isLimited: true,
    });
    await db.destroy();
  }

  test('have decorators that stand beside each other joined', async () => {
    const entities = [`${folder}/first.entity.mjs`];
    const db = source({ entities, subscribers: [], synchronize: true });
    await expectSealed(fieldseal(db, { keyring }), 'First');
  });

  test('can hold the subscriber too', async () => {
    await expectSealed(
      source({
        entities: [`${folder}/second.entity.mjs`],
        subscribers: [`${folder}/*.subscriber.mjs`],
        synchronize: true,
      }),
      'Second',
    );
  });
});
