import { randomBytes } from 'node:crypto';
import {
  initKeyStore,
  type Keyring,
  type KeyringOptions,
  type KeyStore,
  openKeyring,
} from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { type FixedClock, fixedClock } from '@fieldseal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { person, signed } from '../keyring/kms/person.ts';
import { lease, sealText } from '../keyring/open-keyrings.ts';
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
  let openAs: (
    user: number,
    principal: string,
    change?: (store: KeyStore) => KeyStore,
    more?: Partial<KeyringOptions>,
  ) => Promise<Keyring>;

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
    const { pin } = await initKeyStore({ ...shared, store: first, acceptLoss: 'a test' });
    await first.close();
    clock = fixedClock(new Date('2026-01-01'));
    openAs = (user, principal, change = (store) => store, more = {}) => {
      const common = { ...shared, pin, clock, principal, stagingMs: 1000 };
      return openKeyring({ ...common, store: change(storeOf(user)), ...more });
    };
    admin = await openAs(1, 'service/admin');
    ({ keyId: KeyId } = await admin.createKey());
    await admin.createAlias(ALIAS, KeyId);
    app = await openAs(0, 'service/app');
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

  it('the application makes index keys, and the next ones of the same key', async () => {
    for (const tenant of ['acme', 'beta']) {
      const held = await lease(app, { index: [{ alias: ALIAS, tenant }] });
      held.release();
    }
    expect(await sql(url, 'SELECT tenant FROM fieldseal.index_key ORDER BY tenant')).toEqual([
      { tenant: 'acme' },
      { tenant: 'beta' },
    ]);
    await expect(admin.audit.verify()).resolves.toMatchObject({ sound: true });
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

  it('shredding takes the administrator: the application writes neither tombstone nor wrap', async () => {
    const acme = await sealText(app, ALIAS, 'x', { tenant: 'acme' });
    const open = () => lease(app, { open: [acme.id] }).then((held) => held.release());
    const epoch = await sql(url, 'SELECT epoch FROM fieldseal.head');
    expect(await app.kms.shred({ Tenant: 'acme', DryRun: true })).toMatchObject({ DataKeys: 1 });
    await expect(app.kms.shred({ Tenant: 'acme' })).rejects.toThrow(LACKS_RIGHT);
    expect(await sql(url, 'SELECT epoch FROM fieldseal.head')).toEqual(epoch);
    expect((await app.kms.listShreds()).Shreds).toEqual([]);
    await open();

    // an administrator who was interrupted: what is left to do is no right of the application either
    const interrupted = await openAs(1, 'service/admin', (store) => ({
      ...store,
      replaceKeys: () => Promise.reject(new Error('killed')),
    }));
    await interrupted.kms.shred({ Tenant: 'acme' }).catch(() => {});
    await interrupted.close();
    await expect(app.runDue()).rejects.toThrow(LACKS_RIGHT);
    const gone = expect.objectContaining({ code: 'ERR_KEY_DESTROYED' });
    await expect(open()).rejects.toEqual(gone);
    expect((await admin.runDue()).shredded).toBe(1);
    expect((await admin.kms.listShreds()).Shreds).toMatchObject([{ Erased: true }]);
    await expect(open()).rejects.toEqual(gone);
  });

  it('proposing and approving a shredding takes the administrator as well', async () => {
    const carol = person();
    const access = { approvers: { 'user/carol': carol.publicKey } };
    const [asked, deciding] = await Promise.all([
      openAs(0, 'service/app', (store) => store, { access }),
      openAs(1, 'service/admin', (store) => store, { access }),
    ]);
    const change = { Operation: 'Shred', Request: { Tenant: 'acme' } } as const;
    await expect(asked.kms.proposeChange(change)).rejects.toThrow(LACKS_RIGHT);
    const { ProposalId, Statement } = await deciding.kms.proposeChange(change);
    const approval = { ProposalId, Approver: 'user/carol', Signature: signed(carol, Statement) };
    await expect(asked.kms.approveChange(approval)).rejects.toThrow(LACKS_RIGHT);
    expect((await deciding.kms.listProposals({ KeyId: '*' })).Proposals).toHaveLength(1);
    await deciding.kms.approveChange(approval);
    expect((await deciding.kms.listShreds()).Shreds).toMatchObject([{ Tenant: 'acme' }]);
    await Promise.all([asked.close(), deciding.close()]);
  });

  it('ending a key takes the administrator; what the application may do is done before', async () => {
    await admin.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const { keyId: other } = await admin.createKey();
    await admin.kms.enableKeyRotation({ KeyId: other, RotationPeriodInDays: 90 });
    clock.step(90 * DAY_MS);
    await expect(app.runDue()).rejects.toThrow(LACKS_RIGHT);
    const all = { KeyId: other, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    expect((await app.kms.listKeyRotations(all)).Rotations).toHaveLength(2);
    expect((await admin.runDue()).deleted).toEqual([KeyId]);
  });

  it('maintenance in the application says once that ending a key is not its right', async () => {
    await admin.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    const { keyId: other } = await admin.createKey();
    await admin.kms.enableKeyRotation({ KeyId: other, RotationPeriodInDays: 90 });
    clock.step(90 * DAY_MS);
    const errors: unknown[] = [];
    const intervalMs = 60_000;
    const stop = app.startMaintenance({ intervalMs, onError: (error) => errors.push(error) });
    const all = { KeyId: other, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    const versions = async () => (await app.kms.listKeyRotations(all)).Rotations.length;
    const soon = { timeout: 30_000 };
    await expect.poll(versions, soon).toBe(2);
    await expect.poll(() => errors, soon).toEqual([LACKS_RIGHT]);
    clock.step(91 * DAY_MS);
    clock.advance(2 * intervalMs);
    await expect.poll(versions, soon).toBe(3);
    // the end of the round comes after what it did first
    await new Promise((resolve) => setTimeout(resolve, 500));
    stop();
    expect(errors).toHaveLength(1);
  });
});
