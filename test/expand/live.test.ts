import { setTimeout as wait } from 'node:timers/promises';
import { decryptBack, encryptExisting } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { MovingRecord } from './entities.ts';
import {
  asParameter,
  FIELDS,
  type FieldName,
  insertValues,
  NAMES,
  openRecords,
  type Records,
  ROWS,
  type Values,
} from './records.ts';

const COUNT = process.env.FIELDSEAL_LONG === '1' ? 20_000 : 400;
const WRITERS = 4;
const [pattern] = ROWS;

/** The n-th of values that no two rows share where they must not. */
function valuesOf(n: number): Values {
  const isNull = n % 5 === 0;
  return {
    dob: isNull ? null : new Date(Date.UTC(1950 + (n % 60), n % 12, 1 + (n % 28))),
    visits: n,
    balance: isNull ? null : BigInt(n) ** 2n * 1_000n - 10n ** 15n,
    amount: isNull ? null : (n / 100).toFixed(2),
    active: n % 3 === 0,
    meta: isNull ? null : { n, list: [n / 8, `"${n}"`] },
    seenAt: isNull ? null : new Date(1_500_000_000_000 + (n % 10_000) * 86_400_001),
    photo: isNull ? null : Uint8Array.of(n & 255, n >> 8, 92, 0),
    ratio: isNull ? null : n / 7,
    code: isNull ? null : `4${String(n).padStart(15, '0')}`,
    ref: isNull ? null : `0190f1c2-0000-7000-8000-${String(n).padStart(12, '0')}`,
  };
}

async function fill({ sql }: Records): Promise<void> {
  await sql.query('DELETE FROM records; DELETE FROM twin');
  for (let n = 0; n < COUNT; n++) {
    await insertValues(sql, 'records', { ...pattern!, ...valuesOf(n), label: `r${n}` });
  }
  const columns = ['id', 'tenant_id', 'label', ...Object.values(FIELDS)].join(', ');
  await sql.query(`INSERT INTO twin (${columns}) SELECT ${columns} FROM records; ANALYZE records`);
}

/** One application process: half of them on Prisma, half on TypeORM. Each has rows of its own. */
async function write(records: Records, writer: number, signal: AbortSignal): Promise<number> {
  const { sql, prisma, typeorm } = records;
  const { rows } = await sql.query<{ id: string }>(
    'SELECT id FROM records WHERE hashtext(label) & 3 = $1 ORDER BY label',
    [writer],
  );
  const repository = typeorm.getRepository(MovingRecord);
  let count = 0;
  while (!signal.aborted) {
    const { id } = rows[count % rows.length]!;
    const values = valuesOf(1_000_000 * (writer + 1) + count);
    const names = NAMES.filter((_, i) => (count + i) % 3 !== 0);
    const data = Object.fromEntries(names.map((name) => [name, values[name]]));
    if (writer % 2 === 0) {
      await prisma.record.update({ where: { id }, data });
    } else {
      const found = await repository.findOneByOrFail({ id });
      await repository.save(Object.assign(found, data));
    }
    await updateTwin(records, id, names, values);
    count += 1;
  }
  return count;
}

async function updateTwin(
  { sql }: Records,
  id: string,
  names: readonly FieldName[],
  values: Values,
): Promise<void> {
  if (names.length === 0) return;
  const set = names.map((name, i) => `${FIELDS[name]} = $${i + 2}`).join(', ');
  const given = names.map((name) => asParameter(name, values[name]));
  await sql.query(`UPDATE twin SET ${set} WHERE id = $1`, [id, ...given]);
}

/** Runs a job for every field under load; writers stop at its end, so that both can be compared. */
async function underLoad(records: Records, job: typeof encryptExisting): Promise<void> {
  const stop = new AbortController();
  const writers = Array.from({ length: WRITERS }, (_, n) => write(records, n, stop.signal));
  await wait(200);
  const jobs = NAMES.map((name) => job({ ...records.job(name), batchSize: 50 }));
  const reports = await Promise.all(jobs).finally(() => stop.abort());
  for (const count of await Promise.all(writers)) expect(count).toBeGreaterThan(0);
  for (const report of reports) expect(report).toMatchObject({ state: 'done', problemCount: 0 });
}

const asText = (name: FieldName, value: unknown): string => {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return name === 'amount' ? Number(value).toFixed(2) : String(asParameter(name, value));
};

/** Both ORMs read what the twin has, whatever column it is in. */
async function expectTwin({ sql, prisma, typeorm }: Records): Promise<void> {
  const old = NAMES.map((name) => {
    if (name === 'dob') return `dob::text AS "dob"`;
    return `${FIELDS[name]} AS "${name}"`;
  });
  const { rows } = await sql.query(`SELECT id, ${old.join(', ')} FROM twin ORDER BY id`);
  const ofPrisma = await prisma.record.findMany({ orderBy: { id: 'asc' } });
  const ofTypeorm = await typeorm.getRepository(MovingRecord).find({ order: { id: 'ASC' } });
  expect([ofPrisma.length, ofTypeorm.length]).toEqual([rows.length, rows.length]);
  for (const [i, row] of rows.entries()) {
    const expected = NAMES.map((name) =>
      name === 'dob' ? String(row[name]) : asText(name, row[name]),
    );
    for (const found of [ofPrisma[i]!, ofTypeorm[i]!])
      expect(NAMES.map((name) => asText(name, found[name]))).toEqual(expected);
  }
}

test(`${COUNT} rows of every type go in and out while ${WRITERS} writers of both ORMs change them`, {
  timeout: 600_000,
}, async () => {
  const records = await openRecords();
  try {
    await fill(records);
    await records.migrate('expand');
    await expectTwin(records);
    await underLoad(records, encryptExisting);
    await expectTwin(records);
    const places = NAMES.map((name) => `${FIELDS[name]} IS NOT NULL`).join(' OR ');
    const left = await records.sql.query(`SELECT id FROM records WHERE ${places}`);
    expect(left.rows).toEqual([]);
    await underLoad(records, decryptBack);
    await expectTwin(records);
    const differs = Object.values(FIELDS).map(
      (column) => `r.${column} IS DISTINCT FROM t.${column}`,
    );
    const { rows } = await records.sql.query(
      `SELECT id FROM records r FULL JOIN twin t USING (id) WHERE ${differs.join(' OR ')}`,
    );
    expect(rows).toEqual([]);
  } finally {
    await records.close();
  }
});
