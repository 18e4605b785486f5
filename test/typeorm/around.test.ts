import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, expectNoPlaintext, openApplication, type Told } from './application.ts';
import { Card, Customer } from './entities.ts';

let application: Application;
const NUMBER = '4777111122223333';
const NAME = 'Zubin of the slow query';

beforeAll(async () => {
  application = await openApplication({ maxQueryExecutionTime: 0.000_001 });
}, 60_000);

afterAll(async () => {
  await expectNoPlaintext(application, [NUMBER, NAME]);
  await application.close();
}, 120_000);

/** What was told while `work` ran. */
async function toldBy(work: () => Promise<unknown>): Promise<readonly Told[]> {
  const before = application.told.length;
  await work();
  return application.told.slice(before);
}

test('a repository that is extended seals and opens, in its own methods too', async () => {
  const cards = application.db.getRepository(Card).extend({
    add(number: string) {
      return this.save(this.create({ number, label: 'extended' }));
    },
    byNumber(number: string) {
      return this.findOneBy({ number });
    },
    newest() {
      return this.createQueryBuilder('c').orderBy('c.label').getMany();
    },
  });
  const { id } = await cards.add(NUMBER);
  expect(await cards.byNumber('4777 1111 2222 3333')).toMatchObject({ id, number: NUMBER });
  expect(await cards.newest()).toMatchObject([{ id, number: NUMBER }]);
  const inside = await application.db.transaction(async (manager) =>
    manager.withRepository(cards).byNumber(NUMBER),
  );
  expect(inside).toMatchObject({ id, number: NUMBER });
  const { rows } = await application.sql.query('SELECT number FROM card');
  expect(rows).toEqual([{ number: expect.stringMatching(/^fs1\./) }]);
});

test('the log of slow queries is told of no value, and says that a query was slow', async () => {
  const customers = application.db.getRepository(Customer);
  const told = await toldBy(async () => {
    await customers.save({ tenantId: 't1', name: NAME, aadhaar: '999988887777' });
    await customers.findOneBy({ tenantId: 't1', aadhaar: '999988887777' });
  });
  // each statement is told twice: that it runs, and that it was slow
  const statements = told.map(({ query }) => query);
  const twice = statements.filter((query, i) => statements.indexOf(query) !== i);
  expect(twice.some((query) => query.startsWith('INSERT'))).toBe(true);
  expect(twice.some((query) => query.startsWith('SELECT'))).toBe(true);
  const text = JSON.stringify(told);
  for (const secret of [NAME, '999988887777']) expect(text).not.toContain(secret);
});
