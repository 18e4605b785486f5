import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { memoryRoot } from '@fieldseal/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { freshDatabase } from '../store-postgres/test-database.ts';
import { insiderOf, readDataKeys } from './insider.ts';
import { refusal } from './kms/key-service.ts';
import { sealText } from './open-keyrings.ts';

const ALIAS = 'alias/kyc';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keyring) => keyring.close()));
});

const hexOf = (id: string): string => Buffer.from(id, 'latin1').toString('hex');

const STORES = {
  'in memory': async () => createMemoryStore(),
  'on PostgreSQL': async () => postgresStore(await freshDatabase()),
};

describe.each(Object.entries(STORES))('describeDataKeys %s', (_name, storeOf) => {
  async function setUp(more: object = {}) {
    const store = await storeOf();
    const root = memoryRoot();
    const options = {
      store,
      roots: [root],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      stagingMs: 0,
    } as const;
    const keyring = await openKeyring({ ...options, ...more });
    open.push(keyring);
    return { store, root, keyring };
  }

  it('tells key, version and state of each, and leaves out what the store does not have', async () => {
    const { keyring } = await setUp();
    const first = await sealText(keyring, ALIAS, 'a', { tenant: 'acme' });
    const shredded = await sealText(keyring, ALIAS, 'a', { tenant: 'gone' });
    await keyring.rotateKey(ALIAS);
    const second = await sealText(keyring, ALIAS, 'b', { tenant: 'acme' });
    await keyring.kms.shred({ Tenant: 'gone' });
    const { keyId } = keyring.listKeys()[0]!;
    const ids = [first.id, second.id, shredded.id].map(hexOf);
    const found = await keyring.describeDataKeys([...ids, ids[0]!, '0'.repeat(32)]);
    expect(new Map(found.map((each) => [each.dataKeyId, each]))).toEqual(
      new Map(
        [
          { keyVersion: 1, state: 'DECRYPT_ONLY', tenant: 'acme' },
          { keyVersion: 2, state: 'ACTIVE', tenant: 'acme' },
          { keyVersion: 1, state: 'SHREDDED', tenant: 'gone' },
        ].map((facts, i) => [
          ids[i],
          { ...facts, dataKeyId: ids[i], keyId, createdAt: expect.any(Date) },
        ]),
      ),
    );
    expect(found).toHaveLength(3);
  });

  it('refuses a row that somebody altered', async () => {
    const { keyring, store } = await setUp();
    const { id } = await sealText(keyring, ALIAS, 'a');
    const [row] = await readDataKeys(store, id);
    const forged = { ...row!, columns: { ...row!.columns, key_version: 2 } };
    await store.replaceKeys([{ row: forged, expectedMac: row!.rowMac }]);
    await expect(keyring.describeDataKeys([hexOf(id)])).rejects.toThrow(
      refusal('ERR_STORE_INTEGRITY'),
    );
  });

  it('refuses an authentic row of a version that there is not', async () => {
    const { keyring, store, root } = await setUp();
    const { id } = await sealText(keyring, ALIAS, 'a');
    const [row] = await readDataKeys(store, id);
    const { altered } = await insiderOf(store, root);
    const wrong = altered(row!, { ...row!.columns, key_version: 7 });
    await store.replaceKeys([{ row: wrong, expectedMac: row!.rowMac }]);
    await expect(keyring.describeDataKeys([hexOf(id)])).rejects.toThrow(
      refusal('ERR_STORE_INTEGRITY'),
    );
  });

  it('takes the right to describe the key above, and the trail knows both outcomes', async () => {
    const { keyring, store } = await setUp();
    const { id } = await sealText(keyring, ALIAS, 'a');
    const { keyId } = keyring.listKeys()[0]!;
    await keyring.kms.putKeyPolicy({
      KeyId: keyId,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'development',
            Effect: 'Allow',
            Principal: { Fieldseal: ['service/development'] },
            Action: ['kms:DescribeKey', 'kms:PutKeyPolicy'],
            Resource: '*',
          },
        ],
      }),
    });
    const asked = () => keyring.describeDataKeys([hexOf(id)]);
    expect(await asked()).toHaveLength(1);
    await expect(keyring.as('user/mallory', asked)).rejects.toThrow(
      refusal('ERR_ACCESS_DENIED', { keyId }),
    );
    await keyring.audit.flush();
    const entries = await store.readAudit({ chain: keyring.audit.chain, after: 0n, limit: 1000 });
    const looks = entries.filter(({ columns }) => columns.action === 'DescribeKey');
    expect(
      looks.map(({ columns }) => [columns.principal, columns.key_id, columns.outcome]),
    ).toEqual([
      ['service/development', keyId, 'Success'],
      ['user/mallory', keyId, 'ERR_ACCESS_DENIED'],
    ]);
  });

  it('refuses what is no id', async () => {
    const { keyring } = await setUp();
    await expect(keyring.describeDataKeys(['4111'])).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option: 'ids' }),
    );
    expect(await keyring.describeDataKeys([])).toEqual([]);
  });
});
