import { randomBytes } from 'node:crypto';
import { createIdentityPolicy, initKeyStore, openKeyring } from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterEach, expect, test } from 'vitest';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import { productionRoot } from '../keyring/production-root.ts';
import { freshDatabase, sql, userUrl } from './test-database.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test('a database without its slots opens from their backup, and an administrator puts them back', async () => {
  const url = await freshDatabase();
  await migratePostgresStore(url);
  const suffix = randomBytes(4).toString('hex');
  const user = (role: string): string => `slots_${role}_${suffix}`;
  for (const role of ['app', 'admin']) {
    await sql(url, `CREATE ROLE ${user(role)} LOGIN PASSWORD 'p' IN ROLE fieldseal_${role}`);
    closing.push(() => sql(url, `DROP ROLE ${user(role)}`));
  }
  const storeAs = (role: string) =>
    postgresStore({ connectionString: userUrl(url, user(role), 'p'), migrate: 'never' });
  const shared = { roots: [productionRoot()], environment: 'production' };
  const first = storeAs('admin');
  const { pin } = await initKeyStore({ ...shared, store: first, acceptLoss: 'a test' });
  await first.close();
  const openAs = async (role: string, slotsFrom?: readonly string[]) => {
    const store = storeAs(role);
    try {
      const keyring = await openKeyring({
        ...shared,
        store,
        pin,
        principal: `service/${role}`,
        access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
        ...(slotsFrom === undefined ? {} : { slotsFrom }),
      });
      closing.push(() => keyring.close());
      return keyring;
    } catch (error) {
      await store.close();
      throw error;
    }
  };

  const before = await openAs('admin');
  const { keyId } = await before.createKey();
  await before.createAlias('alias/kyc', keyId);
  const { id } = await sealText(before, 'alias/kyc', 'value');
  const lines = before.exportSlots();
  await sql(url, 'DELETE FROM fieldseal.slot');

  await expect(openAs('app')).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  const app = await openAs('app', lines);
  expect((await lease(app, { open: [id] })).opening(id)).toBeDefined();
  // not with rights on slots: nothing of it is half written
  await expect(app.rotateKey('alias/kyc')).rejects.toMatchObject({ code: 'ERR_STORE_SCHEMA' });
  await expect(openAs('app')).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });

  const admin = await openAs('admin', lines);
  const [slot] = admin.listSlots();
  await admin.testSlot({ slotId: slot?.id ?? '' });
  expect(admin.slotBackup()).toBe('stale');
  const healed = await openAs('app');
  expect(healed.listSlots()).toEqual(admin.listSlots());
  expect((await lease(healed, { open: [id] })).opening(id)).toBeDefined();
  await app.rotateKey('alias/kyc');
  expect(await healed.audit.verify()).toMatchObject({ sound: true });
});
