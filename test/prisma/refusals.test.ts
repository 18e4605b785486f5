import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Refused } from '../../packages/prisma/test-support/refused.ts';
import { refusedConditions } from '../../packages/prisma/test-support/refused-conditions.ts';
import { refusedLists, refusedTokens } from '../../packages/prisma/test-support/refused-lists.ts';
import { refusedWrites } from '../../packages/prisma/test-support/refused-writes.ts';
import { type Application, openApplication } from './application.ts';

let application: Application;
let before: string;

beforeAll(async () => {
  application = await openApplication();
  await application.db.customer.create({
    data: {
      id: 'c',
      tenantId: 't1',
      aadhaar: '1',
      name: 'x',
      address: { city: 'Pune' },
      cards: { create: { id: 'k', number: '4111111111111111', label: 'x' } },
      profile: { create: { id: 'p', ssn: '9' } },
    },
  });
  before = await contents();
}, 60_000);

afterAll(() => application.close());

/** Every row of every table that the cases could write. */
async function contents(): Promise<string> {
  const all: unknown[] = [];
  for (const table of ['Tenant', 'customers', 'Card', 'Profile', 'Note']) {
    const { rows } = await application.sql.query(`SELECT * FROM "${table}" AS t ORDER BY t::text`);
    all.push(rows);
  }
  return JSON.stringify(all);
}

type Call = (args: object) => Promise<unknown>;

function operationOf(model: string, operation: string): Call {
  const name = model.charAt(0).toLowerCase() + model.slice(1);
  const delegate = Reflect.get(application.db, name) as Record<string, Call>;
  return (args) => (delegate[operation] as Call)(args);
}

/** What Prisma itself refuses before any extension is asked has no case here. */
const cases: readonly Refused[] = [
  ...refusedConditions,
  ...refusedLists,
  ...refusedTokens,
  ...refusedWrites,
];

describe('on a real database', () => {
  test.each(cases)(
    '$model.$operation of $field by $operator is refused, and nothing is written: $args',
    async ({ model, operation, args, code = 'ERR_OPERATOR_UNSUPPORTED', of, field }) => {
      application.statements.length = 0;
      await expect(operationOf(model, operation)(args)).rejects.toMatchObject({
        name: 'FieldsealError',
        code,
        meta: { model: of ?? model, field, operation: expect.stringContaining(operation) },
      });
      // A locate query may have been needed to know; nothing else was sent.
      expect(application.statements.filter((sql) => !sql.startsWith('SELECT'))).toEqual([]);
      expect(await contents()).toBe(before);
    },
  );
});
