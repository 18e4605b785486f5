import { inspect } from 'node:util';
import type { Logger } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { Card, Tag } from './entities.ts';

const NUMBER = '4777000011112222';

/** A logger that shows all that an error has, as those of applications do. */
class Shown implements Logger {
  readonly errors: string[] = [];

  logQueryError(error: string | Error): void {
    this.errors.push(inspect(error, { depth: 9, showHidden: true }));
  }
  logQuery(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

let application: Application;
const logger = new Shown();

beforeAll(async () => {
  application = await openApplication({ logger });
  await application.db.getRepository(Card).save({ number: NUMBER, label: 'a', serial: 's' });
}, 60_000);
afterAll(() => application.close());
beforeEach(() => logger.errors.splice(0));

/** The one error that the logger was told of, and the one that came out. */
async function failed(work: Promise<unknown>): Promise<readonly string[]> {
  const caught = await work.then(
    () => expect.unreachable('did not fail'),
    (error: unknown) => inspect(error, { depth: 9, showHidden: true }),
  );
  expect(logger.errors).toHaveLength(1);
  return [caught, ...logger.errors];
}

async function expectNoRow(texts: readonly string[]): Promise<void> {
  const { rows } = await application.sql.query(
    'SELECT number, encode("numberToken", \'hex\') AS token FROM card',
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const text of texts) {
    expect(text).not.toContain('fs1.');
    for (const { token } of rows) expect(text).not.toContain(token);
  }
}

test('the logger is told of a token that exists without its value', async () => {
  const texts = await failed(application.db.getRepository(Card).insert({ number: NUMBER }));
  for (const text of texts) expect(text).toContain('duplicate key');
  await expectNoRow(texts);
});

test('the logger is told of a failing row without its cells, also where no cell is written', async () => {
  const { db, sql } = application;
  await sql.query(`ALTER TABLE card ADD CONSTRAINT short CHECK (length(label) < 9)`);
  await expectNoRow(
    await failed(db.getRepository(Card).update({ serial: 's' }, { label: 'x'.repeat(9) })),
  );
  await sql.query('ALTER TABLE card DROP CONSTRAINT short');
});

test('so it is where a trigger copies the row to a table of its own', async () => {
  const { db, sql } = application;
  await sql.query(`
    CREATE TABLE history (copied text, short text CHECK (length(short) < 9));
    CREATE FUNCTION copy() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO history VALUES (OLD.number, NEW.label); RETURN NEW; END';
    CREATE TRIGGER copying AFTER UPDATE ON card FOR EACH ROW EXECUTE FUNCTION copy()`);
  await expectNoRow(
    await failed(db.getRepository(Card).update({ serial: 's' }, { label: 'x'.repeat(9) })),
  );
  await sql.query('DROP TRIGGER copying ON card');
});

test('a table without sealed columns keeps what the database says of it', async () => {
  const { db } = application;
  await db.query('CREATE TABLE IF NOT EXISTS other (id int PRIMARY KEY)');
  const [{ id }] = (await db.getRepository(Tag).insert({ text: null })).identifiers as [
    { id: number },
  ];
  const texts = await failed(
    db.query('INSERT INTO card_tags_tag VALUES ($1, $2)', [
      '01890000-0000-7000-8000-000000000000',
      id,
    ]),
  );
  for (const text of texts) expect(text).toContain('is not present in table');
});

test('a logger that is set later is guarded too', async () => {
  const later = new Shown();
  const { db } = application;
  db.setOptions({ logger: later });
  await expect(db.getRepository(Card).insert({ number: NUMBER })).rejects.toThrow('duplicate key');
  await expectNoRow(later.errors);
  expect(later.errors).toHaveLength(1);
  db.setOptions({ logger });
});
