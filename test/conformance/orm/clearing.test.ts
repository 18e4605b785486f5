import { randomUUID } from 'node:crypto';
import { testKeyring } from '@fieldseal/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Application, openApplication } from './application.ts';
import { openPrisma } from './open-prisma.ts';
import { openTypeorm } from './open-typeorm.ts';
import type { OrmDriver } from './orm-driver.ts';
import { prismaDriver } from './prisma-driver.ts';
import { typeormDriver } from './typeorm-driver.ts';

let application: Application;

beforeAll(async () => {
  application = await openApplication();
}, 120_000);
afterAll(() => application.close());

/** A service with a keyring of its own, that is closed while the service runs on. */
async function service(name: OrmDriver['name']) {
  const keyring = await testKeyring();
  if (name === 'Prisma') {
    const client = openPrisma(application.url, keyring);
    return { keyring, driver: prismaDriver(client), stop: () => client.$disconnect() };
  }
  const dataSource = await openTypeorm(application.url, keyring);
  return { keyring, driver: typeormDriver(dataSource.manager), stop: () => dataSource.destroy() };
}

test.each(['Prisma', 'TypeORM'] as const)(
  '%s does not clear a field where it could not write it',
  async (name) => {
    const { keyring, driver, stop } = await service(name);
    const row = {
      id: randomUUID(),
      tenantId: `of ${name}`,
      aadhaar: '2345 6789 0124',
      name: 'Asha',
    };
    const other = { ...row, id: randomUUID(), aadhaar: '9999 8888 7777' };
    try {
      await driver.create('customer', row);
      await driver.create('customer', other);
      await driver.update('customer', { id: row.id }, { aadhaar: null });
      const cleared = { aadhaar: null, aadhaar_token: null };
      expect(await application.stored('customer', row.id)).toMatchObject(cleared);

      await keyring.close();
      const before = await application.stored('customer', other.id);
      for (const clear of [
        () => driver.update('customer', { id: other.id }, { aadhaar: null }),
        () => driver.updateMany('customer', { id: other.id }, { aadhaar: null }),
        () => driver.create('customer', { ...row, id: randomUUID(), aadhaar: null, name: null }),
      ])
        await expect(clear()).rejects.toMatchObject({ code: 'ERR_KEYRING_CLOSED' });
      expect(await application.stored('customer', other.id)).toEqual(before);
    } finally {
      await stop();
    }
  },
);
