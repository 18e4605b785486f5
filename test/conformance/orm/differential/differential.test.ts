import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from '../application.ts';
import { comparableRows } from '../comparable-row.ts';
import { Card, Customer } from '../entities.ts';
import type { Row } from '../orm-driver.ts';
import { TwinCard, TwinCustomer } from '../twin-entities.ts';
import { arbitraryOperation, STARTING_ROWS } from './arbitrary-operation.ts';
import type { Operation } from './operation.ts';
import { runOperation, type Twin } from './run-operation.ts';

const RUNS = Number(process.env.FIELDSEAL_TEST_RUNS ?? 30);

/** What may be refused although a plain entity could answer it. */
const REFUSALS = new Set([
  // a lookup of a tenant's field that does not name the tenant
  'ERR_SCOPE_REQUIRED',
  // another tenant without all that is sealed for it
  'ERR_SCOPE_CHANGE',
  // one value for several rows, or an upsert on another unique than the key
  'ERR_ROW_UNKNOWN',
]);

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

test('sealed entities and plain twins cannot be told apart, but for typed refusals', async () => {
  const { dataSource, sql } = application;
  const of = (entity: new () => object) => dataSource.getRepository(entity);
  const sealed: Twin = { customer: of(Customer), card: of(Card) };
  const plain: Twin = { customer: of(TwinCustomer), card: of(TwinCard) };
  const everything = async ({ customer, card }: Twin): Promise<readonly unknown[]> => [
    await customer.find({ order: { id: 'ASC' } }),
    await card.find({ order: { id: 'ASC' } }),
  ];
  let answered = 0;
  let refused = 0;

  async function compare(operation: Operation): Promise<void> {
    const seen = await runOperation(sealed, operation);
    if ('refused' in seen) {
      expect(REFUSALS, JSON.stringify(operation)).toContain(seen.refused);
      refused += 1;
      return;
    }
    answered += 1;
    const expected = await runOperation(plain, operation);
    expect({ operation, seen }).toEqual({ operation, seen: expected });
  }

  const operations = fc.array(arbitraryOperation, { minLength: 8, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(operations, async (chosen) => {
      await sql.query('TRUNCATE customers, cards, twin_customers, twin_cards');
      for (const operation of [...STARTING_ROWS, ...chosen]) await compare(operation);
      // what was refused has written nothing
      const left = await everything(sealed);
      expect(left).toEqual(await everything(plain));
      for (const [i, model] of (['customer', 'card'] as const).entries()) {
        const seen = await application.prisma.find(model, {});
        expect(comparableRows(seen)).toEqual(comparableRows(left[i] as Row[]));
      }
    }),
    { numRuns: RUNS },
  );
  expect(refused).toBeLessThan(answered / 2);
  expect(refused).toBeGreaterThan(0);
}, 600_000);
