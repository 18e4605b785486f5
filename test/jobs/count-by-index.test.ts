import '../support/property-tests.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataKeyDescription, Manifest, ManifestField } from '@fieldseal/core';
import { countCells, dataKeyIndexSql } from '@fieldseal/jobs';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { countField } from '../../packages/jobs/src/coverage/count-field.ts';
import {
  type CoveredField,
  coveredFields,
} from '../../packages/jobs/src/coverage/covered-fields.ts';
import { dataKeysByIndex } from '../../packages/jobs/src/coverage/data-keys-by-index.ts';
import { dataKeySql } from '../../packages/jobs/src/table/data-key-sql.ts';
import { openSession, type Session } from '../../packages/jobs/src/table/session.ts';
import { startPostgres } from '../support/postgres.ts';
import { peopleManifest } from './people-table.ts';

type Storage = ManifestField['storage'];

/** A table without an index by data key at first. */
interface Table {
  readonly url: string;
  readonly sql: pg.Pool;
  readonly session: Session;
  readonly manifest: Manifest;
  readonly covered: CoveredField;
  readonly indexSql: string;
  readonly expression: string;
}

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function createTable(
  storage: Storage = 'text',
  rest = '',
  url?: string,
  name = 'people',
): Promise<Table> {
  const database = url ?? (await (await startPostgres()).createDatabase());
  const sql = new pg.Pool({ connectionString: database, max: 1 });
  const session = await openSession(database);
  closing.push(
    () => session.close(),
    () => sql.end(),
  );
  const type = storage === 'text' ? 'text' : 'bytea';
  await sql.query(`CREATE TABLE ${name} (n int, pan ${type}) ${rest}`);
  const { models, ...about } = peopleManifest('sealed', undefined, { storage, indexes: [] });
  const model = { ...models[0]!, table: name };
  const field = model.fields[0]!;
  const manifest = { ...about, models: [model] };
  const [covered] = await coveredFields(session, manifest);
  const indexSql = dataKeyIndexSql(model, field);
  const expression = dataKeySql(field);
  return { url: database, sql, session, manifest, covered: covered!, indexSql, expression };
}

const IDS = ['00', '01', '02', '10', '7f', '80', 'fe', 'ff'].map((byte) => byte.repeat(16));

function cellOf(id: string, suite = 1, flags = 0, rest = 41): Buffer {
  const head = Buffer.from([0xf5, suite, flags]);
  return Buffer.concat([head, Buffer.from(id, 'hex'), Buffer.alloc(rest, 0x5a)]);
}

const asText = (bytes: Buffer): string => `fs1.${bytes.toString('base64url')}`;

/** Every id that is no key of the book is unknown. */
function book(owners: readonly Partial<DataKeyDescription>[]) {
  const rows = owners.map((owner, i) => ({ dataKeyId: IDS[i + 1], state: 'ACTIVE', ...owner }));
  return async (ids: readonly string[]) =>
    rows.filter(({ dataKeyId }) => ids.includes(dataKeyId!)) as DataKeyDescription[];
}

async function fill({ sql, covered }: Table, cells: readonly (Buffer | string | null)[]) {
  const isText = covered.field.storage === 'text';
  const values = cells.map((cell) => (isText && Buffer.isBuffer(cell) ? asText(cell) : cell));
  await sql.query(`DELETE FROM ${covered.table}`);
  await sql.query(
    `INSERT INTO ${covered.table} SELECT n, pan::${isText ? 'text' : 'bytea'}
       FROM unnest($1::${isText ? 'text' : 'bytea'}[]) WITH ORDINALITY AS given(pan, n)`,
    [values.map((value) => (typeof value === 'string' && !isText ? Buffer.from(value) : value))],
  );
}

const anyCell = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...IDS).map((id) => cellOf(id)) },
  fc
    .tuple(fc.constantFrom(...IDS), fc.nat(3), fc.nat(3), fc.integer({ min: 38, max: 200 }))
    .map((all) => cellOf(...all)),
  fc.constantFrom(null, '', 'fs1.9QEA', '4111 1111 1111 1111', asText(cellOf('ab')).slice(0, 79)),
);
const anyOwner = fc.record({
  keyId: fc.constantFrom('a', 'b'),
  keyVersion: fc.integer({ min: 1, max: 2 }),
  state: fc.constantFrom('ACTIVE', 'ACTIVE', 'SHREDDED'),
});

describe('countCells by the index', () => {
  test.each(['text', 'bytes'] as const)(
    'says what reading the table says: %s',
    { timeout: 120_000 },
    async (storage) => {
      const read = await createTable(storage);
      const indexed = await createTable(storage, '', read.url, 'indexed');
      await indexed.sql.query(indexed.indexSql);
      let counted = 0;
      let unsaid = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyCell, { maxLength: 40 }),
          fc.array(anyOwner, { minLength: 4, maxLength: IDS.length - 1 }),
          async (cells, owners) => {
            await Promise.all([fill(read, cells), fill(indexed, cells)]);
            const ask = ({ url, manifest }: Table, version?: number) =>
              countCells({ database: url, manifest })('a', book(owners), version);
            // at once: each waits for whoever writes on this server
            const said = await Promise.all([
              ask(read),
              ask(indexed),
              ask(read, 2),
              ask(indexed, 2),
            ]);
            expect([said[1], said[3]]).toEqual([said[0], said[2]]);
            if (said[0] === undefined) unsaid += 1;
            else if (said[0] > 0n) counted += 1;
            const found = await dataKeysByIndex(indexed.session, indexed.covered);
            await indexed.session.rows('ROLLBACK');
            const truth = await countField(read.session, read.covered);
            expect(found?.ids).toEqual([...truth.cells.keys()].sort());
            expect(await dataKeysByIndex(read.session, read.covered)).toBeUndefined();
          },
        ),
        { numRuns: 25 },
      );
      expect(Math.min(counted, unsaid)).toBeGreaterThan(0);
    },
  );

  test('reads no rows but the cells in question, however many they are', async () => {
    const { url, sql, manifest, indexSql } = await createTable();
    // what a connection did is in the statistics when it is closed
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const cells = [IDS[1]!, IDS[2]!].map((id) => asText(cellOf(id)));
    await client.query(
      'INSERT INTO people SELECT n, CASE n WHEN 1 THEN $2 ELSE $1 END FROM generate_series(1, 20000) AS n',
      cells,
    );
    await client.query(indexSql);
    await client.query('ANALYZE people');
    await client.end();
    const owners = book([
      { keyId: 'b', keyVersion: 1 },
      { keyId: 'a', keyVersion: 1 },
    ]);
    const facts = async () => {
      const { rows } = await sql.query(
        `SELECT t.seq_scan::int, i.idx_scan::int, t.idx_tup_fetch::int AS fetched
           FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid)`,
      );
      return rows[0];
    };
    const settled = async (scans: number) => {
      await expect.poll(async () => (await facts()).idx_scan, { timeout: 10_000 }).toBe(scans);
      await sleep(1000);
      return facts();
    };
    // of a server that would rather read a table
    const database = { connectionString: url, options: '-c random_page_cost=10000' };
    const before = await settled(0);
    expect(before.seq_scan).toBeGreaterThan(0);
    expect(await countCells({ database, manifest })('a', owners)).toBe(1n);
    // the first id, the next, the end, and the count
    const after = await settled(4);
    expect(after.seq_scan).toBe(before.seq_scan);
    expect(after.fetched - before.fetched).toBe(3);
    expect(await countCells({ database, manifest })('b', owners)).toBe(19_999n);
    expect((await settled(8)).seq_scan).toBe(before.seq_scan);
  });

  test('is of one moment', async () => {
    const table = await createTable();
    await table.sql.query(table.indexSql);
    await fill(table, [cellOf(IDS[1]!), cellOf(IDS[1]!), cellOf(IDS[2]!)]);
    const found = await dataKeysByIndex(table.session, table.covered);
    await table.sql.query('DELETE FROM people');
    expect(await found?.count([IDS[1]!])).toBe(2n);
    expect((await dataKeysByIndex(table.session, table.covered))?.ids).toEqual([]);
  });

  test('goes over a thousand data keys, and reads a small table that has more', async () => {
    const { sql, session, covered, indexSql } = await createTable('bytes');
    await sql.query(indexSql);
    const add = (from: number, to: number) =>
      sql.query(
        `INSERT INTO people SELECT n, '\\xf50100'::bytea || decode(md5(n::text), 'hex') || decode(repeat('00', 41), 'hex')
           FROM generate_series($1::int, $2::int) AS n`,
        [from, to],
      );
    await add(1, 1000);
    expect((await dataKeysByIndex(session, covered))?.ids).toHaveLength(1000);
    await session.rows('ROLLBACK');
    await add(1001, 1001);
    expect(await dataKeysByIndex(session, covered)).toBeUndefined();
    expect((await dataKeysByIndex(session, { ...covered, pages: 1001 }))?.ids).toHaveLength(1001);
  });
});

describe('an index is taken', () => {
  const NAME = 'fieldseal_key_people_pan';
  const serving: Record<string, (expression: string) => string> = {
    'under another name': (it) => `CREATE INDEX other ON people ((${it}))`,
    'that is descending': (it) => `CREATE INDEX other ON people ((${it}) DESC)`,
    'of cells alone': (it) => `CREATE INDEX other ON people ((${it})) WHERE (${it}) IS NOT NULL`,
    'with more in it': (it) => `CREATE INDEX ${NAME} ON people ((${it}), n)`,
  };
  const other: Record<string, (expression: string) => string> = {
    'over something else': () => `CREATE INDEX ${NAME} ON people ((substring(pan from 1 for 5)))`,
    'over the column': () => `CREATE INDEX ${NAME} ON people (pan)`,
    'of some rows': (it) => `CREATE INDEX ${NAME} ON people ((${it})) WHERE n < 3`,
    'in another order': (it) => `CREATE INDEX ${NAME} ON people (n, (${it}))`,
    'that has no order': (it) => `CREATE INDEX ${NAME} ON people USING hash ((${it}))`,
    'that was not finished': (it) => `CREATE INDEX ${NAME} ON people ((${it}));
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${NAME}'::regclass`,
  };

  async function countWith(build: (expression: string) => string, parent = false) {
    const table = await createTable('text', parent ? 'PARTITION BY RANGE (n)' : '');
    const { sql, session, covered, url, manifest, expression } = table;
    if (parent) await sql.query('CREATE TABLE part PARTITION OF people DEFAULT');
    await sql.query(build(expression));
    await fill(table, [cellOf(IDS[1]!), 'x', cellOf(IDS[1]!), cellOf(IDS[1]!), cellOf(IDS[1]!)]);
    // or the planner would rather take pages of a wrong index than its rows
    await session.rows('SET enable_bitmapscan = off');
    const isTaken = (await dataKeysByIndex(session, covered)) !== undefined;
    if (isTaken) await session.rows('ROLLBACK');
    const owners = book([{ keyId: 'a', keyVersion: 1 }]);
    return { isTaken, cells: await countCells({ database: url, manifest })('a', owners) };
  }

  test.each(Object.keys(serving))('%s', async (name) => {
    expect(await countWith(serving[name]!)).toEqual({ isTaken: true, cells: 4n });
  });

  test('that all partitions have', async () => {
    const found = await countWith((it) => `CREATE INDEX other ON people ((${it}))`, true);
    expect(found).toEqual({ isTaken: true, cells: 4n });
  });

  test('that one partition has: no', async () => {
    const build = (it: string) => `CREATE INDEX other ON part ((${it}));
      CREATE TABLE lower PARTITION OF people FOR VALUES FROM (0) TO (3)`;
    expect(await countWith(build, true)).toEqual({ isTaken: false, cells: 4n });
  });

  test.each(Object.keys(other))('%s: no', async (name) => {
    expect(await countWith(other[name]!)).toEqual({ isTaken: false, cells: 4n });
  });

  test('that a table of heirs has: no, as they have none', async () => {
    const build = (it: string) => `CREATE INDEX ${NAME} ON people ((${it}));
      CREATE TABLE heirs () INHERITS (people)`;
    expect(await countWith(build)).toEqual({ isTaken: false, cells: 4n });
  });
});
