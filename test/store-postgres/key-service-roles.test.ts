import { randomBytes } from 'node:crypto';
import { initKeyStore, type Keyring, openKeyring } from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { type FixedClock, fixedClock } from '@fieldseal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealText } from '../keyring/open-keyrings.ts';
import { productionRoot } from '../keyring/production-root.ts';
import { freshDatabase, sql, userUrl } from './test-database.ts';

const LACKS_RIGHT = expect.objectContaining({
  code: 'ERR_STORE_SCHEMA',
  meta: expect.objectContaining({ reason: '42501' }),
});
const DAY_MS = 86_400_000;
const ALIAS = 'alias/kyc';

describe('the key service under the roles of the database', () => {
  let url: string;
  let names: string[];
  let clock: FixedClock;
  let app: Keyring;
  let admin: Keyring;
  let KeyId: string;

  beforeEach(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
    const suffix = randomBytes(4).toString('hex');
    names = ['app', 'admin'].map((role) => `kms_${role}_${suffix}`);
    for (const [i, role] of ['fieldseal_app', 'fieldseal_admin'].entries()) {
      await sql(url, `CREATE ROLE ${names[i]} LOGIN PASSWORD 'p' IN ROLE ${role}`);
    }
    const storeOf = (user: number) => {
      const connectionString = userUrl(url, names[user] as string, 'p');
      return postgresStore({ connectionString, migrate: 'never' });
    };
    const shared = { roots: [productionRoot()], environment: 'production' };
    const first = storeOf(1);
    const { pin } = await initKeyStore({ ...shared, store: first });
    await first.close();
    clock = fixedClock(new Date('2026-01-01'));
    const open = (user: number, principal: string) =>
      openKeyring({ ...shared, pin, clock, principal, store: storeOf(user), stagingMs: 1000 });
    admin = await open(1, 'service/admin');
    ({ keyId: KeyId } = await admin.createKey());
    await admin.createAlias(ALIAS, KeyId);
    app = await open(0, 'service/app');
  });
  afterEach(async () => {
    await Promise.all([app.close(), admin.close()]);
    await sql(url, `DROP ROLE ${names.join(', ')}`);
  });

  it('the application uses keys, rotates them and lets versions take over', async () => {
    const Plaintext = Uint8Array.of(1);
    await app.kms.encrypt({ KeyId, Plaintext });
    await sealText(app, ALIAS, 'x');
    await app.kms.rotateKeyOnDemand({ KeyId });
    clock.step(1000);
    expect((await app.runDue()).activated).toEqual([KeyId]);
    await admin.kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    clock.step(90 * DAY_MS);
    expect((await app.runDue()).staged).toEqual([KeyId]);
    expect(app.listKeys()[0]?.versions.map(({ state }) => state)).toEqual([
      'DECRYPT_ONLY',
      'PRIMARY',
      'STAGED',
    ]);
    await app.rotateKey(ALIAS);
  });

  it('the application changes no policy, grant, tag or schedule, whatever policies allow', async () => {
    const { Policy } = await app.kms.getKeyPolicy({ KeyId });
    const grant = { KeyId, GranteePrincipal: 'user/asha', Operations: ['Decrypt'] } as const;
    for (const call of [
      () => app.kms.putKeyPolicy({ KeyId, Policy }),
      () => app.kms.createGrant(grant),
      () => app.kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
      () => app.kms.enableKeyRotation({ KeyId }),
      () => app.kms.setMinDecryptVersion({ KeyId, Version: 1 }),
      () => app.kms.deleteAlias({ AliasName: ALIAS }),
    ]) {
      await expect(call()).rejects.toThrow(LACKS_RIGHT);
    }
    await admin.kms.putKeyPolicy({ KeyId, Policy });
    const { GrantId } = await admin.kms.createGrant(grant);
    await admin.kms.revokeGrant({ KeyId, GrantId });
  });

  it('ending a key takes the administrator; what the application may do is done before', async () => {
    await admin.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const { keyId: other } = await admin.createKey();
    await admin.kms.enableKeyRotation({ KeyId: other, RotationPeriodInDays: 90 });
    clock.step(90 * DAY_MS);
    await expect(app.runDue()).rejects.toThrow(LACKS_RIGHT);
    const status = await app.kms.listKeyRotations({ KeyId: other });
    expect(status.Rotations).toHaveLength(1);
    expect((await admin.runDue()).deleted).toEqual([KeyId]);
  });
});
