import { inspect } from 'node:util';
import { withScope } from '@fieldseal/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres } from '../support/postgres.ts';
import { tapWire, type WireTap } from '../support/wire-tap.ts';
import {
  type Application,
  connect,
  extend,
  openApplication,
  type SealedClient,
} from './application.ts';

let application: Application;
let tap: WireTap;

beforeAll(async () => {
  application = await openApplication();
  tap = await tapWire(application.url);
}, 60_000);

afterAll(async () => {
  await tap.stop();
  await application.close();
});

/** Values that stand nowhere else on the server. */
const SECRETS = {
  aadhaar: '908172635445',
  otherAadhaar: '908172635446',
  name: 'Quetzalcoatl Ünlü',
  newName: 'Nebuchadnezzar',
  street: 'Xylophone Street 77',
  dob: '1931-11-23',
  number: '6759649826438453',
  otherNumber: '6759649826438454',
  thirdNumber: '6759649826438455',
  ssn: '078-05-1120x',
  otherSsn: '078-05-1121x',
  body: 'Vermilion giraffes',
  content: 'Bytes of an obelisk',
  amount: '918273645546372.81',
  serial: '7766554433221100998877',
  signedAt: '1983-09-26T00:14:15.926Z',
} as const;

async function refused(work: () => PromiseLike<unknown>, errors: unknown[]): Promise<void> {
  const error = await Promise.resolve(work()).then(
    () => expect.unreachable('was not refused'),
    (caught: unknown) => caught,
  );
  errors.push(error);
}

/** Every way of writing and asking, and errors of every kind. */
async function useEverything(db: SealedClient, errors: unknown[]): Promise<void> {
  const customer = {
    id: 'c',
    tenantId: 't1',
    aadhaar: SECRETS.aadhaar,
    name: SECRETS.name,
    dob: new Date(SECRETS.dob),
    address: { [SECRETS.street]: [SECRETS.street] },
  };
  await db.customer.create({
    data: {
      ...customer,
      cards: { create: [{ id: 'k', number: SECRETS.number }] },
      profile: { create: { id: 'p', ssn: SECRETS.ssn } },
    },
    include: { cards: true },
  });
  await db.customer.createMany({
    data: [{ ...customer, id: 'c2', tenantId: 't2', aadhaar: SECRETS.otherAadhaar }],
  });
  await db.customer.update({
    where: { tenantId_aadhaar: { tenantId: 't1', aadhaar: SECRETS.aadhaar } },
    data: {
      name: SECRETS.newName,
      profile: { update: { ssn: SECRETS.otherSsn } },
      cards: { update: { where: { id: 'k' }, data: { number: SECRETS.otherNumber } } },
    },
  });
  await db.card.upsert({
    where: { number: SECRETS.thirdNumber },
    create: { number: SECRETS.thirdNumber, customerId: 'c' },
    update: { number: SECRETS.number },
  });
  await db.$transaction(async (tx) => {
    await tx.note.create({ data: { body: SECRETS.body } });
    await tx.note.findFirst({ where: { body: { in: [SECRETS.body] } } });
  });
  await db.document.create({
    data: {
      shelf: 's',
      code: 1,
      content: new Uint8Array(Buffer.from(SECRETS.content)),
      amount: SECRETS.amount,
      serial: BigInt(SECRETS.serial),
      signedAt: new Date(SECRETS.signedAt),
    },
  });
  await db.customer.findMany({
    where: {
      tenantId: 't1',
      OR: [{ aadhaar: { notIn: [SECRETS.aadhaar] } }, { aadhaar: { not: SECRETS.otherAadhaar } }],
      cards: { some: { number: SECRETS.number } },
      profile: { is: { ssn: SECRETS.ssn } },
    },
    include: { cards: { where: { number: SECRETS.otherNumber } } },
  });
  await withScope({ tenant: 't1' }, () =>
    db.customer.count({ where: { aadhaar: SECRETS.aadhaar } }),
  );
  const token = await db.$fieldseal.token('Card.number', SECRETS.number);
  await db.$queryRaw`SELECT id FROM "Card" WHERE "numberToken" = ${token}`;

  const { number } = SECRETS;
  await refused(
    () => db.card.create({ data: { number: SECRETS.otherNumber, customerId: 'c' } }),
    errors,
  );
  await refused(() => db.card.create({ data: { number, customerId: 'nobody' } }), errors);
  await refused(
    () => db.card.create({ data: { number, limit: number, customerId: 'c' } as never }),
    errors,
  );
  await refused(
    () => db.card.create({ data: { number: [number], customerId: 'c' } as never }),
    errors,
  );
  await refused(
    () => db.card.findMany({ where: { number: { contains: number } } as never }),
    errors,
  );
  await refused(() => db.card.findMany({ where: { number, unknown: number } as never }), errors);
  await refused(() => db.card.updateMany({ data: { number } }), errors);
  await refused(() => db.card.update({ where: { number }, data: { number } }), errors);
  await refused(() => db.note.create({ data: { body: Number(number) } as never }), errors);
  await refused(
    () => db.document.create({ data: { shelf: 's', code: 2, content: number } as never }),
    errors,
  );
}

test('no sealed value is in tables, log, wire, files or errors, in any form', async () => {
  const statements: string[] = [];
  const client = connect(tap.url, statements);
  const errors: unknown[] = [];
  await useEverything(extend(client, application.keyring), errors);
  await client.$disconnect();
  const secrets = Object.values(SECRETS);
  const server = await startPostgres();
  const wire = tap.captured();
  expect(wire.length).toBeGreaterThan(10_000);
  expect(await huntPlaintext({ server, url: application.url, secrets, wire })).toEqual([]);
  const told = errors
    .map((error) => `${inspect(error, { depth: 10 })}${JSON.stringify(error)}`)
    .join('\n');
  for (const secret of secrets) expect(told).not.toContain(secret);
  expect(told).not.toContain('fs1.');
}, 120_000);

test('the hunt finds a value that is not sealed', async () => {
  await application.base.plain.create({ data: { value: 'a rhododendron in the open' } });
  const server = await startPostgres();
  const secrets = ['a rhododendron in the open'];
  const found = await huntPlaintext({ server, url: application.url, secrets });
  expect(found.length).toBeGreaterThan(2);
}, 120_000);
