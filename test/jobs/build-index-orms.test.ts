import { randomUUID } from 'node:crypto';
import { buildIndex, verifyField } from '@fieldseal/jobs';
import { fieldsealOf } from '@fieldseal/typeorm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Application, openApplication } from '../conformance/orm/application.ts';
import { Card } from '../conformance/orm/entities.ts';
import { isIn, not, type OrmDriver } from '../conformance/orm/orm-driver.ts';

const INDEXES = ['customers.aadhaar.equality', 'cards.number.equality'];
const TENANT = 'acme';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 120_000);
afterAll(() => application.close());

const building = expect.objectContaining({
  code: 'ERR_OPERATOR_UNSUPPORTED',
  meta: expect.objectContaining({ reason: 'building' }),
});

/** Customers by id, written by one service and the other in turns. */
async function addCustomers(twin: Map<string, string>, count: number): Promise<void> {
  const { prisma, typeorm } = application;
  for (let n = 0; n < count; n++) {
    const row = { id: randomUUID(), tenantId: TENANT, aadhaar: aadhaarOf(twin.size), name: 'Asha' };
    await (n % 2 === 0 ? prisma : typeorm).create('customer', row);
    twin.set(row.id, row.aadhaar);
  }
}

function aadhaarOf(n: number): string {
  return `7${String(n).padStart(11, '0')}`;
}

async function find({ find: ask }: OrmDriver, aadhaar: unknown): Promise<unknown[]> {
  const rows = await ask('customer', { tenantId: TENANT, aadhaar });
  return rows.map(({ id }) => id).sort();
}

test('Prisma and TypeORM refuse lookups until an index is built, and answer rightly from then on', async () => {
  const { prisma, typeorm, keyring, dataSource, sql, url } = application;
  const { manifest } = fieldsealOf(dataSource);
  const drivers = [prisma, typeorm];
  const twin = new Map<string, string>();
  await addCustomers(twin, 30);
  await typeorm.create('card', { id: randomUUID(), number: '4000000000000001' });

  // as if both indexes had come after the rows
  for (const id of INDEXES) await keyring.setIndexState(id, 'building');
  await sql.query('UPDATE customers SET aadhaar_token = NULL');
  for (const driver of drivers) {
    await vi.waitFor(() => expect(find(driver, aadhaarOf(0))).rejects.toEqual(building), 15_000);
    for (const ask of [isIn(aadhaarOf(0)), not(aadhaarOf(0))])
      await expect(find(driver, ask)).rejects.toEqual(building);
    await expect(driver.findUnique('card', { number: '4000000000000001' })).rejects.toEqual(
      building,
    );
    await expect(driver.findByCard('4000000000000001')).rejects.toEqual(building);
    await expect(
      driver.update('card', { number: '4000000000000001' }, { limit: 1 }),
    ).rejects.toEqual(building);
  }
  const upsert = dataSource
    .createQueryBuilder()
    .insert()
    .into(Card)
    .values({ number: '4000000000000001' })
    .orUpdate(['limit'], ['number']);
  await expect(upsert.execute()).rejects.toMatchObject({ code: 'ERR_OPERATOR_UNSUPPORTED' });

  let isOver = false;
  const writing = (async () => {
    while (!isOver) await addCustomers(twin, 2);
  })();
  for (const field of ['Customer.aadhaar', 'Card.number']) {
    const report = await buildIndex({
      database: url,
      keyring,
      manifest,
      field,
      load: 1,
      settleMs: 16_000,
    });
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
  }
  isOver = true;
  await writing;

  for (const driver of drivers) {
    await vi.waitFor(() => find(driver, aadhaarOf(0)), 15_000);
    for (const [id, aadhaar] of twin) expect(await find(driver, aadhaar)).toEqual([id]);
    expect(await find(driver, not(aadhaarOf(0)))).toEqual([...twin.keys()].slice(1).sort());
    expect(await find(driver, isIn(...twin.values()))).toEqual([...twin.keys()].sort());
    expect(await find(driver, aadhaarOf(twin.size))).toEqual([]);
    expect(await driver.findUnique('card', { number: '4000000000000001' })).not.toBeNull();
    await expect(
      driver.create('customer', {
        id: randomUUID(),
        tenantId: TENANT,
        aadhaar: aadhaarOf(0),
        name: 'Asha',
      }),
    ).rejects.toThrow();
  }
  const { state } = await verifyField({
    database: url,
    keyring,
    manifest,
    field: 'Customer.aadhaar',
  });
  expect(state).toBe('done');
}, 240_000);
