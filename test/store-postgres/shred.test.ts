import { openKeyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import { freshDatabase, sql } from './test-database.ts';

const ALIAS = 'alias/kyc';

describe('shredding on PostgreSQL', () => {
  it('erases the wraps of a tenant, and the others go on', async () => {
    const url = await freshDatabase();
    const keyring = await openKeyring({
      store: postgresStore(url),
      roots: [memoryRoot()],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
    });
    const acme = await sealText(keyring, ALIAS, 'a', { tenant: 'acme' });
    await sealText(keyring, ALIAS, 'b', { tenant: 'acme', subject: 'asha' });
    const beta = await sealText(keyring, ALIAS, 'c', { tenant: 'beta' });
    const subject = await keyring.kms.shred({ Tenant: 'acme', Subject: 'asha' });
    expect(subject).toMatchObject({ DataKeys: 1 });
    expect(await keyring.kms.shred({ Tenant: 'acme' })).toMatchObject({ DataKeys: 2 });
    const rows = await sql(
      url,
      `SELECT tenant, state, wrapped = decode(repeat('00', 94), 'hex') AS erased
FROM fieldseal.data_key ORDER BY tenant, subject`,
    );
    const gone = { tenant: 'acme', state: 'SHREDDED', erased: true };
    expect(rows).toEqual([gone, gone, { tenant: 'beta', state: 'ACTIVE', erased: false }]);
    const destroyed = expect.objectContaining({ code: 'ERR_KEY_DESTROYED' });
    await expect(lease(keyring, { open: [acme.id] })).rejects.toEqual(destroyed);
    (await lease(keyring, { open: [beta.id] })).release();
    const { keyId: KeyId } = keyring.listKeys()[0] ?? { keyId: '' };
    const { KeyLastUsage } = await keyring.kms.getKeyLastUsage({ KeyId });
    expect(KeyLastUsage).toMatchObject({ Operation: 'Decrypt' });
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
    await keyring.close();
  });

  it('takes every name that data can be sealed for, and refuses others before anything is written', async () => {
    const url = await freshDatabase();
    const keyring = await openKeyring({
      store: postgresStore(url),
      roots: [memoryRoot()],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
    });
    // each byte of these is six characters in JSON; no longer ones have keys
    const control = (length: number) => '\u0001'.repeat(length);
    const long = [
      { tenant: control(1024), subject: control(1001) },
      { tenant: '\u6587'.repeat(678) },
    ];
    for (const scope of long) {
      const { id } = await sealText(keyring, ALIAS, 'a', scope);
      const [Tenant, Subject] = [scope.tenant, scope.subject];
      const request = { Tenant, ...(Subject === undefined ? {} : { Subject }) };
      expect(await keyring.kms.shred(request)).toMatchObject({ DataKeys: 1 });
      const open = lease(keyring, { open: [id] });
      await expect(open).rejects.toMatchObject({ code: 'ERR_KEY_DESTROYED' });
    }
    const { Shreds } = await keyring.kms.listShreds();
    expect(Shreds.map(({ Tenant, Subject }) => [Tenant, Subject])).toEqual(
      long.map(({ tenant, subject }) => [tenant, subject]),
    );
    const epoch = await sql(url, 'SELECT epoch FROM fieldseal.head');
    for (const scope of [
      { tenant: control(1024), subject: control(1002) },
      { tenant: '\u6587'.repeat(679) },
    ]) {
      await expect(sealText(keyring, ALIAS, 'a', scope)).rejects.toMatchObject({
        code: 'ERR_VALUE_TOO_LARGE',
        meta: { limitBytes: 2048 },
      });
      const [Tenant, Subject] = [scope.tenant, scope.subject];
      const request = { Tenant, ...(Subject === undefined ? {} : { Subject }) };
      const call = keyring.kms.shred(request);
      await expect(call).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    }
    expect(await sql(url, 'SELECT epoch FROM fieldseal.head')).toEqual(epoch);
    await keyring.close();
  });

  it('is refused by another process that has the key in its memory, within 10 s', async () => {
    const url = await freshDatabase();
    const root = memoryRoot();
    const open = () =>
      openKeyring({
        store: postgresStore(url),
        roots: [root],
        environment: 'dev',
        development: true,
        createMissingAliases: true,
      });
    const [here, other] = [await open(), await open()];
    const acme = await sealText(here, ALIAS, 'a', { tenant: 'acme' });
    const beta = await sealText(here, ALIAS, 'b', { tenant: 'beta' });
    const use = async (id: string) => {
      const held = await lease(other, { open: [id] });
      const found = held.opening(id) === undefined ? 'missing' : 'opened';
      held.release();
      return found;
    };
    expect(await use(acme.id)).toBe('opened');
    await here.kms.shred({ Tenant: 'acme' });
    const code = () => use(acme.id).catch((error: { code: string }) => error.code);
    await expect.poll(code, { timeout: 10_000 }).toBe('ERR_KEY_DESTROYED');
    expect(await use(beta.id)).toBe('opened');
    await Promise.all([here.close(), other.close()]);
  }, 20_000);
});
