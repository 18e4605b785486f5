import { fileURLToPath } from 'node:url';
import { fieldseal } from '@fieldseal/prisma';
import { testKeyring } from '@fieldseal/testing';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTablesSql } from '../../scripts/prisma-offline/ddl.mjs';
import { PrismaClient } from '../prisma-schema/generated/client/client.ts';
import { manifest } from '../prisma-schema/generated/fieldseal/index.js';
import { huntPlaintext } from '../support/hunt.ts';
import { startPostgres, type TestServer } from '../support/postgres.ts';

const SCHEMA = fileURLToPath(new URL('../prisma-schema/prisma', import.meta.url));

const server: TestServer = await startPostgres();
const url = await server.createDatabase();
const base = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
const keyring = await testKeyring();
const db = base.$extends(fieldseal({ keyring, manifest }));

beforeAll(async () => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(await createTablesSql(SCHEMA));
  await client.end();
  await db.$fieldseal.ready();
}, 60_000);

afterAll(async () => {
  await base.$disconnect();
  await keyring.close();
});

const ADDRESS = { street: 'Rue de la Tarentule', lines: [1, { deep: null }] };

function customer(email: string): {
  email: string;
  name: string;
  aadhaar: string;
  dob: Date;
  address: typeof ADDRESS;
  risk: 'HIGH';
} {
  return {
    email,
    name: `Name of ${email}`,
    aadhaar: '9988 7766 5544',
    dob: new Date('1977-07-07'),
    address: ADDRESS,
    risk: 'HIGH',
  };
}

describe('a schema of fourteen models', { shuffle: false }, () => {
  test('seals through nested writes, with a tenant whose number the database makes', async () => {
    const tenant = await db.tenant.create({ data: { name: 'one' } });
    const created = await db.customer.create({
      data: {
        ...customer('One@Example.com'),
        tenant: { connect: { id: tenant.id } },
        preferences: { email: 'plain JSON', name: ['not', 'sealed'] },
        profile: { create: { biography: 'A biography', photo: new Uint8Array([1, 2, 3]) } },
        tags: { create: [{ label: 'vip' }, { label: 'new' }] },
        cards: { create: { number: '4000 0566 5566 5556', expiryMonth: 11, brand: 'visa' } },
        memberships: {
          create: { note: 'A member', group: { create: { code: 'g', secret: 'A secret' } } },
        },
        visits: { create: { diagnosis: 'A diagnosis' } },
        referred: { create: { ...customer('two@example.com'), tenantId: tenant.id, aadhaar: '1' } },
      },
      include: {
        profile: true,
        tags: { orderBy: { label: 'asc' } },
        cards: true,
        memberships: { include: { group: true } },
        visits: true,
        referred: { select: { email: true, referrer: { select: { name: true } } } },
      },
    });
    expect(created).toMatchObject({
      ...customer('One@Example.com'),
      preferences: { email: 'plain JSON', name: ['not', 'sealed'] },
      profile: { biography: 'A biography', photo: new Uint8Array([1, 2, 3]) },
      tags: [{ label: 'new' }, { label: 'vip' }],
      cards: [{ number: '4000 0566 5566 5556', expiryMonth: 11 }],
      memberships: [{ note: 'A member', group: { secret: 'A secret' } }],
      visits: [{ diagnosis: 'A diagnosis' }],
      referred: [{ email: 'two@example.com', referrer: { name: 'Name of One@Example.com' } }],
    });
    const found = await db.customer.findUnique({
      where: { tenantId_aadhaar: { tenantId: tenant.id, aadhaar: '998877665544' } },
    });
    expect(found?.id).toBe(created.id);
  });

  test('finds by a normalised unique inside one tenant, and updates by it', async () => {
    const tenant = await db.tenant.create({ data: { name: 'three' } });
    await db.customer.create({ data: { ...customer('Three@Example.com'), tenantId: tenant.id } });
    const where = { email: 'three@example.com', tenantId: tenant.id };
    expect(await db.customer.findUnique({ where })).toMatchObject({ email: 'Three@Example.com' });
    const updated = await db.customer.update({ where, data: { name: 'Renamed', risk: 'LOW' } });
    expect(updated).toMatchObject({ name: 'Renamed', risk: 'LOW', tenantId: tenant.id });
    expect(updated.updatedAt.getTime()).toBeGreaterThanOrEqual(updated.createdAt.getTime());
  });

  test('binds to composite keys of text and bigint, and follows them in relations', async () => {
    await db.document.create({
      data: {
        office: 'Pune',
        number: 7n,
        body: new Uint8Array([9]),
        title: 'A title',
        pages: {
          create: [
            { index: 1, text: 'Page one' },
            { index: 2, text: null },
          ],
        },
      },
    });
    const where = { officeNumber: { office: 'Pune', number: 7n } };
    await db.document.update({ where, data: { title: 'Another title' } });
    expect(
      await db.document.findUnique({
        where,
        select: { title: true, pages: { select: { text: true }, orderBy: { index: 'asc' } } },
      }),
    ).toEqual({ title: 'Another title', pages: [{ text: 'Page one' }, { text: null }] });
  });

  test('finds by a named compound with a sealed part, through a relation to itself', async () => {
    const parent = await db.account.create({
      data: { iban: 'DE1', children: { create: { iban: 'DE2', kind: 'savings' } } },
      include: { children: true },
    });
    expect(parent.children).toMatchObject([{ iban: 'DE2' }]);
    const found = await db.account.findUnique({
      where: { kindIban: { kind: 'savings', iban: '2' } },
      include: { parent: true },
    });
    expect(found).toMatchObject({ iban: 'DE2', parent: { iban: 'DE1' } });
  });

  test('upserts by a compound key of foreign keys', async () => {
    const tenant = await db.tenant.create({ data: { name: 'four' } });
    const { id } = await db.customer.create({
      data: { ...customer('four@example.com'), tenantId: tenant.id, id: 'four' },
    });
    await db.group.create({ data: { code: 'h' } });
    const where = { customerId_groupCode: { customerId: id, groupCode: 'h' } };
    const create = { customerId: id, groupCode: 'h', note: 'first' };
    expect(await db.membership.upsert({ where, create, update: { note: 'second' } })).toMatchObject(
      {
        note: 'first',
      },
    );
    expect(await db.membership.upsert({ where, create, update: { note: 'second' } })).toMatchObject(
      {
        note: 'second',
      },
    );
  });

  test('keeps every value type in text and in bytes', async () => {
    const values = {
      string: 'A string',
      bytes: new Uint8Array([1, 2]),
      int: 42,
      bigint: -(2n ** 80n),
      double: -0.5,
      boolean: true,
      date: new Date('2000-02-29'),
      timestamp: new Date('1999-12-31T23:59:59.999Z'),
      json: [{ a: 1 }],
    };
    const text = await db.textValue.create({ data: { ...values, decimal: '1.10' } });
    expect(text).toMatchObject(values);
    expect(text.decimal?.toString()).toBe('1.1');
    const id = new Uint8Array([1, 2, 3]);
    const bytes = await db.byteValue.create({ data: { ...values, id, decimal: '1.10' } });
    expect(bytes).toMatchObject(values);
    expect(await db.byteValue.findUnique({ where: { id } })).toEqual(bytes);
    for (const where of [
      { int: 42 },
      { bigint: values.bigint },
      { decimal: '1.100' },
      { date: values.date },
      { timestamp: values.timestamp },
    ] as const) {
      const found = await db.textValue.findUnique({ where: where as object as { id: string } });
      expect(found?.id, JSON.stringify(Object.keys(where))).toBe(text.id);
    }
  });

  test('leaves models without sealed fields alone', async () => {
    const value = { aadhaar: 'a JSON key', number: ['x'] };
    await db.setting.create({ data: { key: 'k', value } });
    expect(await db.setting.findUnique({ where: { key: 'k' } })).toEqual({ key: 'k', value });
  });

  test('leaves none of it in the database', async () => {
    const secrets = ['Rue de la Tarentule', 'A biography', 'A diagnosis', 'Another title'];
    expect(await huntPlaintext({ server, url, secrets })).toEqual([]);
  }, 60_000);
});
