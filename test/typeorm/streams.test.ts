import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { Card } from './entities.ts';

/** With one connection, whatever is not given back stops the next query. */
const ONE = { poolSize: 1, extra: { connectionTimeoutMillis: 3_000 } };
const ROWS = 500;
let application: Application;

beforeAll(async () => {
  application = await openApplication(ONE);
  const cards = Array.from({ length: ROWS }, (_, i) => ({ number: `4111${100_000 + i}` }));
  await application.db.getRepository(Card).insert(cards);
}, 60_000);

afterAll(() => application.close());

const started = (): Promise<Readable> =>
  application.db
    .createQueryBuilder(Card, 'c')
    .select('c.number', 'n')
    .stream() as unknown as Promise<Readable>;

async function read(stream: Readable): Promise<number> {
  let count = 0;
  for await (const _ of stream) count += 1;
  return count;
}

test('a stream that is read to its end gives its connection back', async () => {
  expect(await read(await started())).toBe(ROWS);
  expect(await application.db.getRepository(Card).count()).toBe(ROWS);
});

test('a stream whose reader leaves gives its connection back', async () => {
  for await (const row of await started()) {
    expect(row.n).toMatch(/^4111/);
    break;
  }
  expect(await application.db.getRepository(Card).count()).toBe(ROWS);
  (await started()).destroy();
  expect(await application.db.getRepository(Card).count()).toBe(ROWS);
});

test('a stream that the database ends with an error gives its connection back', async () => {
  const broken = (await application.db
    .createQueryBuilder(Card, 'c')
    .select('c.number', 'n')
    .where('1 / (length(c.id::text) - 36) = 1')
    .stream()) as unknown as Readable;
  await expect(read(broken)).rejects.toMatchObject({ code: '22012' });
  expect(await application.db.getRepository(Card).count()).toBe(ROWS);
});

test('a stream whose cell cannot be opened gives its connection back', async () => {
  const { sql } = application;
  const { rows } = await sql.query('SELECT id, number FROM card LIMIT 1');
  await sql.query("UPDATE card SET number = 'fs1.AAAA' WHERE id = $1", [rows[0].id]);
  await expect(read(await started())).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
  await sql.query('UPDATE card SET number = $2 WHERE id = $1', [rows[0].id, rows[0].number]);
  expect(await application.db.getRepository(Card).count()).toBe(ROWS);
});

test('a stream in a transaction needs no other connection, also before the self-check', async () => {
  const { url, keyring } = application;
  const other = await openApplication(ONE, { url, keyring });
  const found = await other.db.transaction(async (manager) => {
    const builder = manager.createQueryBuilder(Card, 'c').select('c.number', 'n');
    return read((await builder.where({ number: '4111100007' }).stream()) as unknown as Readable);
  });
  expect(found).toBe(1);
  await other.db.destroy();
  await other.sql.end();
  await other.wire.stop();
}, 30_000);
