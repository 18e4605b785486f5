import { withScope } from '@fieldseal/core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { Customer } from './entities.ts';

let application: Application;
let mine: Customer;
let foreign: Customer;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

beforeEach(async () => {
  const customers = application.db.getRepository(Customer);
  await application.sql.query('DELETE FROM customer');
  mine = await customers.save({ tenantId: 't1', name: 'mine' });
  foreign = await customers.save({ tenantId: 't2', name: 'foreign' });
});

async function namesAfter(work: () => Promise<unknown>): Promise<unknown[]> {
  await withScope({ tenant: 't1' }, work);
  const rows = await application.db.getRepository(Customer).find({ order: { tenantId: 'ASC' } });
  return rows.map(({ name }) => name);
}

describe('an update of a sealed field in a scope', () => {
  const customers = () => application.db.getRepository(Customer);
  const updating = () => customers().createQueryBuilder().update().set({ name: 'new' });

  test('changes a row of that tenant', async () => {
    expect(await namesAfter(() => customers().update(mine.id, { name: 'new' }))).toEqual([
      'new',
      'foreign',
    ]);
  });

  test('does not reach the row of another one by its key', async () => {
    const update = () => customers().update({ id: foreign.id }, { name: 'new' });
    expect(await namesAfter(update)).toEqual(['mine', 'foreign']);
  });

  test('does not reach it by an alternative either', async () => {
    const update = () => updating().where({ id: mine.id }).orWhere({ id: foreign.id }).execute();
    expect(await namesAfter(update)).toEqual(['new', 'foreign']);
  });

  test('of no criteria is refused by TypeORM as without Fieldseal', async () => {
    await expect(namesAfter(() => updating().where({}).execute())).rejects.toThrow(
      /Empty criteria/,
    );
  });
});
