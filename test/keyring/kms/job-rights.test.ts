import type { PolicyDocument } from '@fieldseal/core';
import { createIdentityPolicy, createKeyPolicy, createMemoryStore } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';

closeKeyringsAfterEach();

const DENIED = { code: 'ERR_ACCESS_DENIED' };

/** A key of which each of these people has one role, and no other rights. */
async function withRoles() {
  const roles = { administrator: 'user/asha', reEncryptor: 'user/ravi', user: 'user/uma' };
  const policies: Readonly<Record<string, PolicyDocument>> = {
    'user/asha': createIdentityPolicy('administrator'),
    'user/ravi': createIdentityPolicy('reEncryptor'),
    'user/rhea': createIdentityPolicy('rotator'),
    'user/omar': createIdentityPolicy('auditor'),
  };
  const keyring = await openForTest({
    store: createMemoryStore(),
    roots: [memoryRoot()],
    environment: 'test',
    development: true,
    principal: 'user/asha',
    access: { identityPolicies: (name) => (policies[name] === undefined ? [] : [policies[name]]) },
  });
  const Policy = JSON.stringify(createKeyPolicy({ ...roles, auditor: 'user/omar' }));
  const { KeyMetadata } = await keyring.kms.createKey({ Policy });
  const { KeyId } = KeyMetadata;
  await keyring.createAlias('alias/kyc', KeyId);
  const as = <T>(name: string, work: () => T) => keyring.as(`user/${name}`, async () => work());
  return { keyring, KeyId, as };
}

describe('the right to', () => {
  it('ListKeys is asked where the keyring lists keys', async () => {
    const { keyring, KeyId, as } = await withRoles();
    for (const name of ['asha', 'ravi', 'rhea', 'omar']) {
      expect(await as(name, () => keyring.listKeys())).toMatchObject([{ keyId: KeyId }]);
    }
    await expect(as('uma', () => keyring.listKeys())).rejects.toMatchObject(DENIED);
  });

  it('StartReEncrypt and CountLiveCells decides about jobs, by alias or id, for old and new keys', async () => {
    const { keyring, KeyId, as } = await withRoles();
    for (const key of ['alias/kyc', KeyId]) {
      await as('ravi', () => keyring.authoriseJob('StartReEncrypt', [key]));
      await as('omar', () => keyring.authoriseJob('CountLiveCells', [key]));
      for (const name of ['uma', 'omar', 'asha']) {
        const start = as(name, () => keyring.authoriseJob('StartReEncrypt', ['alias/new', key]));
        await expect(start).rejects.toMatchObject(DENIED);
      }
      const count = as('uma', () => keyring.authoriseJob('CountLiveCells', [key]));
      await expect(count).rejects.toMatchObject(DENIED);
    }
    const wrong = as('ravi', () => keyring.authoriseJob('Decrypt' as never, [KeyId]));
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    const unknown = as('ravi', () => keyring.authoriseJob('StartReEncrypt', ['x']));
    await expect(unknown).rejects.toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('CountLiveCells is asked where evidence is signed, on the keys that it is about or on every key', async () => {
    const { keyring, KeyId, as } = await withRoles();
    const sign = (name: string, keys?: readonly string[]) =>
      as(name, () =>
        keyring.audit.signEvidence('coverage', 'all moved', keys === undefined ? {} : { keys }),
      );
    for (const keys of [undefined, [], ['alias/kyc'], [KeyId]]) {
      for (const name of ['ravi', 'omar', 'asha'])
        expect(await sign(name, keys)).toMatchObject({ kind: 'coverage' });
      for (const name of ['uma', 'rhea'])
        await expect(sign(name, keys)).rejects.toMatchObject(DENIED);
    }
    const unknown = { code: 'ERR_KEY_NOT_FOUND' };
    await expect(sign('omar', ['alias/none'])).rejects.toMatchObject(unknown);
    // a key that only Asha counts: nobody else signs what is about all of them
    const Policy = JSON.stringify(createKeyPolicy({ administrator: 'user/asha' }));
    await keyring.kms.createKey({ Policy });
    for (const keys of [undefined, []])
      await expect(sign('omar', keys)).rejects.toMatchObject(DENIED);
    await sign('omar', [KeyId]);
    await sign('asha');
  });

  it('Shred is asked where a job says that it clears rows', async () => {
    const { keyring, as } = await withRoles();
    const entry = { action: 'ShredRows', field: 'people.pan', scope: { tenant: 't1' } } as const;
    await as('asha', () => keyring.audit.recordRows(entry));
    for (const name of ['ravi', 'uma', 'omar']) {
      const told = as(name, () => keyring.audit.recordRows(entry));
      await expect(told).rejects.toMatchObject(DENIED);
    }
  });

  it('StartReEncrypt is asked of the key where a job says that it binds rows anew', async () => {
    const { keyring, as } = await withRoles();
    const moves = '0'.repeat(32);
    const entry = { action: 'RebindRows', field: 'people.pan', key: 'alias/kyc', moves } as const;
    await as('ravi', () => keyring.audit.recordRows(entry));
    await expect(as('asha', () => keyring.audit.recordRows(entry))).rejects.toMatchObject(DENIED);
    const { key: _, ...nameless } = entry;
    const told = as('ravi', () => keyring.audit.recordRows(nameless));
    await expect(told).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
  });
});
