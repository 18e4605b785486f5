import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { arbitraryOperation, STARTING_ROWS } from './arbitrary-operation.ts';
import { type Models, outcome } from './twin.ts';

const RUNS = Number(process.env.FIELDSEAL_TEST_RUNS ?? 40);

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 60_000);

afterAll(() => application.close());

test('a sealed model and its plain twin cannot be told apart by any supported operation', async () => {
  const { db, base } = application;
  const { customer, card, profile } = db;
  const sealed = { customer, card, profile } as unknown as Models;
  const plain = {
    customer: base.twinCustomer,
    card: base.twinCard,
    profile: base.twinProfile,
  } as unknown as Models;
  const operations = fc.array(arbitraryOperation, { minLength: 8, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(operations, async (chosen) => {
      await base.customer.deleteMany();
      await base.twinCustomer.deleteMany();
      for (const operation of [...STARTING_ROWS, ...chosen]) {
        const seen = await outcome(sealed, operation);
        expect({ operation, seen }).toEqual({ operation, seen: await outcome(plain, operation) });
      }
    }),
    { numRuns: RUNS },
  );
}, 600_000);
