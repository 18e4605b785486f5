import { randomUUID } from 'node:crypto';
import { listJobs, rotateIndex, verifyField } from '@fieldseal/jobs';
import { fieldsealOf } from '@fieldseal/typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from '../conformance/orm/application.ts';
import { Card } from '../conformance/orm/entities.ts';
import { endsWith, isIn, not, type OrmDriver, type Row } from '../conformance/orm/orm-driver.ts';

const TENANT = 'acme';
const FIELDS = ['Customer.aadhaar', 'Card.number'];

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 120_000);
afterAll(() => application.close());

const aadhaarOf = (n: number): string => `7${String(n).padStart(11, '0')}`;
const numberOf = (n: number): string => `4${String(n).padStart(15, '0')}`;

/** A customer with a card, by its own number; what the tables have to say of it. */
interface Known {
  readonly customer: string;
  readonly card: string;
  aadhaar: string;
  readonly number: string;
}

async function add(driver: OrmDriver, n: number): Promise<Known> {
  const known = {
    customer: randomUUID(),
    card: randomUUID(),
    aadhaar: aadhaarOf(n),
    number: numberOf(n),
  };
  const { customer: id, card, aadhaar, number } = known;
  await driver.create('customer', { id, tenantId: TENANT, aadhaar, name: 'Asha' });
  await driver.create('card', { id: card, number, customerId: id });
  return known;
}

const ids = (rows: readonly Row[]): unknown[] => rows.map(({ id }) => id).sort();

/** Asks for one row in every way that an index answers. */
async function ask(driver: OrmDriver, known: Known, other: Known, all: number): Promise<void> {
  const { customer, card, aadhaar, number } = known;
  const where = { tenantId: TENANT };
  expect(ids(await driver.find('customer', { ...where, aadhaar }))).toEqual([customer]);
  expect(
    ids(await driver.find('customer', { ...where, aadhaar: isIn(aadhaar, other.aadhaar) })),
  ).toEqual([customer, other.customer].sort());
  expect(await driver.findUnique('card', { number })).toMatchObject({ id: card, number });
  expect(ids(await driver.findByCard(number))).toEqual([customer]);
  expect(ids(await driver.find('card', { number: endsWith(number.slice(-4)) }))).toContain(card);
  const without = ids(await driver.find('customer', { ...where, aadhaar: not(aadhaar) }));
  expect(without).not.toContain(customer);
  expect(without.length).toBeGreaterThanOrEqual(all - 1);
  expect(await driver.update('card', { number }, { limit: 1 })).toBe(1);
}

/** No value is let in twice, whichever generation the row has that holds it. */
async function refuseTwice(driver: OrmDriver, { aadhaar, number, customer }: Known): Promise<void> {
  const again = { id: randomUUID(), tenantId: TENANT, aadhaar, name: 'Twice' };
  await expect(driver.create('customer', again)).rejects.toThrow();
  await expect(
    driver.create('card', { id: randomUUID(), number, customerId: customer }),
  ).rejects.toThrow();
}

test('Prisma and TypeORM find every row and let none in twice while their indexes rotate', async () => {
  const { prisma, typeorm, keyring, dataSource, url, sql } = application;
  const { manifest } = fieldsealOf(dataSource);
  const drivers = [prisma, typeorm];
  const twin: Known[] = [];
  for (let n = 0; n < 40; n++) twin.push(await add(drivers[n % 2] as OrmDriver, n));
  const tokens = async (): Promise<Set<string>> => {
    const { rows } = await sql.query(
      `SELECT encode(aadhaar_token, 'hex') AS t FROM customers UNION ALL
       SELECT encode("numberToken", 'hex') FROM cards UNION ALL SELECT encode("numberLast4", 'hex') FROM cards`,
    );
    return new Set(rows.map(({ t }) => t));
  };
  const before = await tokens();

  let isOver = false;
  const seen = new Set<string>();
  const during = drivers.map(async (driver, place) => {
    for (let n = 0; !isOver; n++) {
      twin.push(await add(driver, twin.length * 2 + place + 1000));
      const known = twin[(n * 7) % twin.length] as Known;
      const other = twin[(n * 7 + 1) % twin.length] as Known;
      await ask(driver, known, other, 40);
      await refuseTwice(driver, known);
      // only by this driver: nobody else asks for the row meanwhile
      const mine = await add(driver, 1_000_000 + place + 2 * n);
      const moved = aadhaarOf(2_000_000 + place + 2 * n);
      await driver.change('customer', { id: mine.customer, tenantId: TENANT }, { aadhaar: moved });
      mine.aadhaar = moved;
      await ask(driver, mine, known, 40);
      twin.push(mine);
      for (const { kind, step, state } of await listJobs(url))
        if (kind === 'rotate-index' && state === 'running') seen.add(step);
    }
  });
  const reports = await Promise.all(
    FIELDS.map((field) =>
      rotateIndex({
        database: url,
        keyring,
        manifest,
        field,
        hearSeconds: 16,
        batchSize: 5,
        rowsPerSecond: 40,
      }),
    ),
  );
  isOver = true;
  await Promise.all(during);
  for (const report of reports) expect(report).toMatchObject({ state: 'done', problemCount: 0 });
  // the long steps; of the short ones, a loop of this length sees some or none
  expect([...seen]).toEqual(expect.arrayContaining(['hear', 'last', 'tokens']));

  const after = await tokens();
  expect([...after].filter((token) => before.has(token))).toEqual([]);
  for (const driver of drivers) {
    for (const [n, known] of twin.slice(0, 60).entries())
      await ask(driver, known, twin[(n + 1) % twin.length] as Known, 40);
    await refuseTwice(driver, twin[0] as Known);
  }
  for (const field of FIELDS) {
    const verified = await verifyField({ database: url, keyring, manifest, field });
    expect(verified).toMatchObject({ state: 'done', problemCount: 0 });
  }
}, 300_000);

/** A row that loses its value between being looked for and being written is written no more. */
async function leaveChangedRow(): Promise<void> {
  const { prisma, client, sql } = application;
  const number = numberOf(6_000_000);
  const id = randomUUID();
  await prisma.create('card', { id, number, limit: 1 });
  const other = await sql.connect();
  try {
    await other.query('BEGIN');
    // both tokens of another value
    const text = `UPDATE cards SET "numberToken" = decode(repeat('ab', 64), 'hex') WHERE id = $1`;
    await other.query(text, [id]);
    const updating = client.card.update({ where: { number }, data: { limit: 99 } });
    const missed = expect(updating).rejects.toMatchObject({ code: 'P2025' });
    // it has found the row, and waits for it
    for (;;) {
      const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      if ((await sql.query(waiting)).rows[0].n > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await other.query('COMMIT');
    await missed;
  } finally {
    other.release();
  }
  const { rows } = await sql.query('DELETE FROM cards WHERE id = $1 RETURNING "limit"', [id]);
  expect(rows).toEqual([{ limit: 1 }]);
}

test('a token for SQL of the application is refused while there are two, and an upsert is not', async () => {
  const { prisma, typeorm, client, keyring, dataSource, url, sql } = application;
  const { manifest } = fieldsealOf(dataSource);
  const number = numberOf(5_000_000);
  // the other test leaves many, and this rotation is a slow one
  await sql.query('DELETE FROM cards');
  await prisma.create('card', { id: randomUUID(), number });
  for (let n = 1; n <= 60; n++)
    await prisma.create('card', { id: randomUUID(), number: numberOf(5_000_000 + n) });
  const rotating = rotateIndex({
    database: url,
    keyring,
    manifest,
    field: 'Card.number',
    hearSeconds: 16,
    batchSize: 2,
    rowsPerSecond: 10,
  });
  const at = async (step: string): Promise<void> => {
    for (;;) {
      const [job] = await listJobs(url);
      if (job?.step === step) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await at('tokens');
  for (const driver of [prisma, typeorm])
    await expect(driver.token('card', 'number', number), driver.name).rejects.toMatchObject({
      code: 'ERR_OPERATOR_UNSUPPORTED',
    });
  for (const limit of [11, 12]) {
    await client.card.upsert({
      where: { number },
      create: { id: randomUUID(), number, limit: 1 },
      update: { limit },
    });
    expect(await typeorm.findUnique('card', { number })).toMatchObject({ limit });
    await dataSource
      .createQueryBuilder()
      .insert()
      .into(Card)
      .values({ number, limit: limit + 10 })
      .orUpdate(['limit'], ['number'])
      .execute();
    expect(await prisma.findUnique('card', { number })).toMatchObject({ limit: limit + 10 });
  }
  await leaveChangedRow();
  expect(await rotating).toMatchObject({ state: 'done' });
  for (const driver of [prisma, typeorm])
    expect(await driver.token('card', 'number', number)).toHaveLength(32);
}, 300_000);
