import { withScope } from '@fieldseal/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  await application.base.customer.deleteMany();
  for (const [id, tenantId] of [
    ['c1', 't1'],
    ['c2', 't2'],
  ] as const) {
    await application.db.customer.create({ data: { id, tenantId, aadhaar: '1', name: id } });
  }
});

const inside = <T>(work: () => PromiseLike<T>): Promise<T> => withScope({ tenant: 't1' }, work);

test('a lookup is about the rows of the tenant around it', async () => {
  const { customer } = application.db;
  for (const aadhaar of ['1', { not: '2' }, { notIn: ['2'] }]) {
    const found = await inside(() => customer.findMany({ where: { aadhaar } }));
    expect(found.map(({ id }) => id)).toEqual(['c1']);
  }
});

test('a create writes the tenant around it into the row', async () => {
  const created = await inside(() =>
    application.db.customer.create({ data: { name: 'x' } as { name: string; tenantId: string } }),
  );
  expect(created).toMatchObject({ tenantId: 't1', name: 'x' });
});

test('an update cannot reach a row of another tenant', async () => {
  const update = (id: string): Promise<unknown> =>
    inside(() => application.db.customer.update({ where: { id }, data: { name: 'new' } }));
  await update('c1');
  await expect(update('c2')).rejects.toMatchObject({ code: 'P2025' });
  expect(
    await application.db.customer.findMany({ orderBy: { id: 'asc' }, select: { name: true } }),
  ).toEqual([{ name: 'new' }, { name: 'c2' }]);
});

test('no write that returns rows reaches one of another tenant, whatever it writes', async () => {
  const { customer } = application.db;
  const where = { id: 'c2' };
  const data = { email: 'new', aadhaar: null };
  const created = { id: 'c2', tenantId: 't1', name: 'new' };
  const one = await application.base.customer.findUnique({ where });
  await expect(inside(() => customer.update({ where, data }))).rejects.toMatchObject({
    code: 'P2025',
  });
  await expect(inside(() => customer.delete({ where }))).rejects.toMatchObject({ code: 'P2025' });
  await expect(
    inside(() => customer.upsert({ where, create: created, update: data })),
  ).rejects.toMatchObject({ code: 'P2002' });
  const both = await inside(() => customer.updateManyAndReturn({ data: { email: 'all' } }));
  expect(both.map(({ id }) => id)).toEqual(['c1']);
  expect(await application.base.customer.findUnique({ where })).toEqual(one);
});

test('a row of another tenant is not opened', async () => {
  const read = inside(() => application.db.customer.findUnique({ where: { id: 'c2' } }));
  await expect(read).rejects.toMatchObject({ code: 'ERR_SCOPE_CHANGE' });
});
