import { encryptExisting } from '@fieldseal/jobs';
import { fieldsealOf, sealed } from '@fieldseal/typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MovingRecord } from './entities.ts';
import { openRecords, type Records } from './records.ts';

let records: Records;
beforeAll(async () => {
  records = await openRecords();
  await records.migrate('expand');
}, 60_000);
afterAll(() => records.close());

const UNSUPPORTED = { code: 'ERR_OPERATOR_UNSUPPORTED' };
/** What the types do not let through. */
const untyped = (args: unknown): never => args as never;

describe('what cannot be asked of a field that moves', () => {
  test.each<[string, (db: Records['prisma']) => Promise<unknown>]>([
    ['where', (db) => db.record.findMany(untyped({ where: { dobPlain: null } }))],
    ['select', (db) => db.record.findMany(untyped({ select: { dobPlain: true } }))],
    ['omit', (db) => db.record.findMany(untyped({ omit: { dobPlain: true } }))],
    ['orderBy', (db) => db.record.findMany(untyped({ orderBy: { dobPlain: 'asc' } }))],
    ['distinct', (db) => db.record.findMany(untyped({ distinct: ['dobPlain'] }))],
    ['data', (db) => db.record.updateMany(untyped({ data: { dobPlain: null } }))],
    ['count', (db) => db.record.count(untyped({ select: { dob: true } }))],
    ['_count', (db) => db.record.aggregate(untyped({ _count: { dob: true } }))],
    ['_max', (db) => db.record.aggregate(untyped({ _max: { visitsPlain: true } }))],
    ['unique', (db) => db.record.findUnique(untyped({ where: { codePlain: '4' } })).then()],
  ])('Prisma: the old column in %s, or one of two columns', async (_name, ask) => {
    await expect(ask(records.prisma)).rejects.toMatchObject(UNSUPPORTED);
  });

  test.each<[string, (db: Records['typeorm']) => Promise<unknown>]>([
    ['where', (db) => db.getRepository(MovingRecord).findBy(untyped({ visitsPlain: 7 }))],
    [
      'select',
      (db) => db.getRepository(MovingRecord).find(untyped({ select: { dobPlain: true } })),
    ],
    ['order', (db) => db.getRepository(MovingRecord).find(untyped({ order: { dobPlain: 'ASC' } }))],
    [
      'data',
      (db) => db.getRepository(MovingRecord).update({ label: 'a' }, untyped({ dobPlain: null })),
    ],
    [
      'text of a condition',
      (db) =>
        db.getRepository(MovingRecord).createQueryBuilder('r').where('r.visitsPlain = 7').getMany(),
    ],
    [
      'text that asks one column for NULL',
      (db) =>
        db.getRepository(MovingRecord).createQueryBuilder('r').where('r.dob IS NULL').getMany(),
    ],
    [
      'text that counts one column',
      (db) =>
        db
          .getRepository(MovingRecord)
          .createQueryBuilder('r')
          .select('COUNT(r.dob)', 'n')
          .getRawMany(),
    ],
    [
      'a cell for SQL of the application',
      (db) =>
        db.query('UPDATE records SET visits_cell = $1', [
          sealed(MovingRecord, 'visits', 1, { row: { id: crypto.randomUUID() } }),
        ]),
    ],
  ])('TypeORM: the old column in %s', async (_name, ask) => {
    await expect(ask(records.typeorm)).rejects.toMatchObject(UNSUPPORTED);
  });

  test('null and nothing for a field that is required', async () => {
    const { prisma, typeorm } = records;
    const refused = { code: 'ERR_VALUE_TYPE' };
    const repository = typeorm.getRepository(MovingRecord);
    const row = { tenantId: 't1', label: 'x', active: true };
    await expect(prisma.record.create(untyped({ data: row }))).rejects.toMatchObject(refused);
    const cleared = prisma.record.updateMany(untyped({ data: { visits: null } }));
    await expect(cleared).rejects.toMatchObject(refused);
    await expect(repository.save(untyped({ ...row }))).rejects.toMatchObject(refused);
    const set = repository.update({ label: 'a' }, untyped({ visits: null }));
    await expect(set).rejects.toMatchObject(refused);
  });

  test('a value that the old column would change, named without being shown', async () => {
    const { prisma, typeorm } = records;
    const where = { code: '4111 1111 1111 1111' };
    const rounded = prisma.record.update({ where, data: { amount: '1.239' } });
    const error = await rounded.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'ERR_VALUE_TYPE', meta: { field: 'amount' } });
    expect(String(error)).not.toContain('1.239');
    const updated = typeorm.getRepository(MovingRecord).update({ label: 'a' }, { visits: 2 ** 40 });
    await expect(updated).rejects.toMatchObject({ code: 'ERR_VALUE_TYPE' });
  });

  test('raw results have the values, and nothing of the columns behind them', async () => {
    const builder = records.typeorm.getRepository(MovingRecord).createQueryBuilder('r');
    const raw = await builder.select(['r.label', 'r.visits']).orderBy('r.label').getRawMany();
    expect(raw[0]).toEqual({ r_label: 'a', r_visits_cell: 7 });
    const { entities } = await builder.getRawAndEntities();
    expect(entities[0]).toMatchObject({ label: 'a', visits: 7 });
  });

  test('pages with joins, streams and upserts hold both columns together', async () => {
    const repository = records.typeorm.getRepository(MovingRecord);
    const page = await repository.find({ order: { label: 'ASC' }, skip: 1, take: 2 });
    expect(page.map(({ label, visits }) => [label, visits])).toEqual([
      ['b', -2_147_483_648],
      ['c', 7],
    ]);
    const stream = await repository.createQueryBuilder('r').orderBy('r.label').stream();
    const rows: unknown[] = [];
    for await (const row of stream) rows.push(row);
    expect(rows[0]).toMatchObject({ r_label: 'a', r_visits_cell: 7 });
    const [first] = page;
    await repository.upsert(untyped({ ...first!, visits: 8, meta: { a: 1 } }), ['id']);
    const { rows: stored } = await records.sql.query(
      `SELECT visits, visits_cell, meta FROM records WHERE label = 'b'`,
    );
    expect(stored).toEqual([{ visits: 8, visits_cell: null, meta: { a: 1 } }]);
    await repository.upsert(untyped(first), ['id']);
  });

  test('raw rows are opened with their old column, and refused without it', async () => {
    const { prisma, typeorm } = records;
    const rows = await prisma.$queryRaw<object[]>`
      SELECT id, visits_cell AS visits, visits AS "visitsPlain" FROM records WHERE label = 'a'`;
    expect(await prisma.$fieldseal.openRows('Record', rows)).toEqual([
      { id: expect.any(String), visits: 7 },
    ]);
    const sql = 'SELECT id, visits_cell AS visits, visits::text AS "visitsPlain" FROM records';
    const [first] = await fieldsealOf(typeorm).openRows(MovingRecord, await typeorm.query(sql));
    expect(first).toEqual({ id: expect.any(String), visits: expect.any(Number) });
    const without = await typeorm.query('SELECT id, visits_cell AS visits FROM records');
    const opened = fieldsealOf(typeorm).openRows(MovingRecord, without);
    await expect(opened).rejects.toMatchObject({ code: 'ERR_NOT_WIRED' });
    const seal = prisma.$fieldseal.seal('Record.visits', 1, { row: { id: crypto.randomUUID() } });
    await expect(seal).rejects.toMatchObject(UNSUPPORTED);
  });
});

test.each<[field: 'seenAt' | 'dob' | 'meta', column: string, value: string]>([
  ['seenAt', 'seen_at', `'2020-01-01T00:00:00.123456Z'`],
  ['seenAt', 'seen_at', `'infinity'`],
  ['dob', 'dob', `'0044-03-15 BC'`],
  ['meta', 'meta', `'null'`],
  ['meta', 'meta', `'{"n": 12345678901234567890}'`],
])('the job reports a %s of %s = %s by its key, and leaves it', async (field, column, value) => {
  const { sql } = records;
  const { rows } = await sql.query(
    `INSERT INTO records (id, tenant_id, label, ${column})
     VALUES (gen_random_uuid(), 't1', 'odd', ${value}) RETURNING id`,
  );
  const report = await encryptExisting({ ...records.job(field), dryRun: true });
  expect(report.state).toBe('refused');
  expect(report.problems).toContainEqual({ row: rows[0].id, class: 'type', code: 'not-of-type' });
  await sql.query(`DELETE FROM records WHERE label = 'odd'`);
});
