/**
 * What the application may write and gets back, as both client generators type it. Checked by
 * `tsc -p tsconfig.test.json`; nothing here runs.
 */

import * as Ts from './generated/client/client.ts';
import type * as Js from './generated/client-js/index.js';
import { manifest } from './generated/fieldseal/index.js';

declare const ts: Ts.PrismaClient;
declare const js: Js.PrismaClient;

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function expectType<_T extends true>(): void {}

const tenant = { tenantId: 1 };
const version: 1 = manifest.version;

export async function rowsHaveTypesOfTheApplication(): Promise<void> {
  const customer = await ts.customer.findUniqueOrThrow({ where: { email: 'a@example.org' } });
  expectType<Equal<typeof customer.aadhaar, string | null>>();
  expectType<Equal<typeof customer.dob, Date | null>>();
  // @ts-expect-error token columns do not exist for the application
  customer.aadhaarToken;

  const same = await js.customer.findUniqueOrThrow({ where: { email: 'a@example.org' } });
  expectType<Equal<typeof same.dob, Date | null>>();
  // @ts-expect-error token columns do not exist for the application
  same.aadhaarToken;

  const value = await ts.textValue.findFirstOrThrow();
  expectType<Equal<typeof value.int, number | null>>();
  expectType<Equal<typeof value.bigint, bigint | null>>();
  expectType<Equal<typeof value.double, number | null>>();
  expectType<Equal<typeof value.boolean, boolean | null>>();
  expectType<Equal<typeof value.timestamp, Date | null>>();
  const bytes: Uint8Array | null = value.bytes;
  const decimal: string | undefined = value.decimal?.toFixed(2);
  void [bytes, decimal, version];
}

export async function writesTakeTypesOfTheApplication(): Promise<void> {
  await ts.customer.create({
    data: {
      ...tenant,
      email: 'a@example.org',
      name: 'A',
      dob: new Date(),
      address: { city: 'Pune', lines: ['1'] },
      cards: { create: [{ number: '4111111111111111', expiryMonth: 12 }] },
    },
  });
  await js.card.update({ where: { number: '4' }, data: { expiryMonth: { set: 11 } } });
  // @ts-expect-error a cell is not a number that the database can add to
  await ts.card.update({ where: { number: '4' }, data: { expiryMonth: { increment: 1 } } });
  // @ts-expect-error a cell is not a number that the database can add to
  await js.card.update({ where: { number: '4' }, data: { expiryMonth: { increment: 1 } } });
  await ts.customer.create({
    // @ts-expect-error a number is not an e-mail address
    data: { ...tenant, email: 5, name: 'A' },
  });
}

export async function uniquesStandOnTheField(): Promise<void> {
  const tenantId_aadhaar = { tenantId: 1, aadhaar: '1' };
  await ts.customer.findUnique({ where: { tenantId_aadhaar } });
  await js.customer.findUnique({ where: { tenantId_aadhaar } });
  await ts.account.findUnique({ where: { kindIban: { kind: 'current', iban: '1' } } });
  await ts.document.findUnique({ where: { officeNumber: { office: 'a', number: 1n } } });
  // @ts-expect-error aadhaar is unique within a tenant only
  await ts.customer.findUnique({ where: { aadhaar: '1' } });
}

export async function lookupsFollowTheIndexes(): Promise<void> {
  await ts.card.findMany({
    where: { number: { in: ['1'], endsWith: '1111', startsWith: '411111' } },
  });
  await js.card.findMany({ where: { number: { notIn: ['1'], endsWith: '1111' } } });
  await ts.customer.findMany({
    where: { aadhaar: null, dob: { gte: new Date(), lt: new Date() } },
  });
  await ts.customer.findMany({ where: { cards: { some: { number: { not: '1' } } } } });
  await ts.customer.findMany({ where: { address: { equals: Ts.Prisma.DbNull } } });
  // @ts-expect-error there is no index for parts of other lengths
  await ts.card.findMany({ where: { number: { contains: '1' } } });
  // @ts-expect-error there is no index for parts of other lengths
  await js.card.findMany({ where: { number: { contains: '1' } } });
  // @ts-expect-error dob is searched by year, not by day
  await ts.customer.findMany({ where: { dob: new Date() } });
  // @ts-expect-error name has no token column
  await ts.customer.findMany({ where: { name: 'A' } });
  // @ts-expect-error name has no token column
  await js.customer.findMany({ where: { name: { equals: 'A' } } });
}

export async function nothingIsSortedOrSummedByCells(): Promise<void> {
  // @ts-expect-error the order of cells means nothing
  await ts.customer.findMany({ orderBy: { name: 'asc' } });
  // @ts-expect-error the order of cells means nothing
  await js.customer.findMany({ orderBy: { name: 'asc' } });
  // @ts-expect-error the smallest cell means nothing
  await ts.card.aggregate({ _min: { expiryMonth: true } });
  // @ts-expect-error the sum of cells means nothing
  await ts.card.aggregate({ _sum: { expiryMonth: true } });
  // @ts-expect-error no two cells are equal
  await ts.customer.groupBy({ by: ['name'] });
  await ts.customer.count({ select: { aadhaar: true } });
  await ts.customer.findMany({ orderBy: { createdAt: 'desc' } });
}
