import type { Keyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activeDataKey, lease, sealText } from '../keyring/open-keyrings.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const EPOCH = 'SELECT epoch::text FROM fieldseal.head';
const DISABLED = { code: 'ERR_KEY_DISABLED' };

describe('a strict keyring inside a transaction of the application', { timeout: 60_000 }, () => {
  const keys = sharedKeys(ALIAS);
  let application: Client;
  let strict: Keyring;
  let operator: Keyring;
  let keyId: string;

  beforeEach(async () => {
    operator = await keys.openHere({
      store: postgresStore({ connectionString: keys.url, lockTimeoutMs: 500 }),
    });
    await activeDataKey(operator, ALIAS);
    keyId = operator.listKeys()[0]?.keyId as string;
    strict = await keys.openHere({ consistency: 'strict', pollIntervalMs: 10_000 });
    await activeDataKey(strict, ALIAS);
    application = new Client({ connectionString: keys.url });
    await application.connect();
    await sql(keys.url, 'CREATE TABLE cells (cell text NOT NULL)');
  });
  afterEach(() => application.end());

  const epochHere = async () => (await application.query(EPOCH)).rows[0].epoch as string;
  const epochNow = async () => (await sql(keys.url, EPOCH))[0]?.epoch as string;

  /** Begins, and looks at something, which is when a snapshot is taken. */
  async function begin(isolation: string): Promise<string> {
    await application.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    return epochHere();
  }

  it.each(['REPEATABLE READ', 'SERIALIZABLE'])(
    'at %s refuses a key that was disabled since the transaction began, which a look within it would not see',
    async (isolation) => {
      const before = await begin(isolation);
      await operator.kms.disableKey({ KeyId: keyId });
      await expect(activeDataKey(strict, ALIAS)).rejects.toMatchObject(DISABLED);
      expect(await epochHere()).toBe(before);
      expect(await epochNow()).not.toBe(before);
      await application.query('ROLLBACK');
    },
  );

  it('at READ COMMITTED refuses it as well, where a look within it would see what the own one sees', async () => {
    const before = await begin('READ COMMITTED');
    await operator.kms.disableKey({ KeyId: keyId });
    await expect(activeDataKey(strict, ALIAS)).rejects.toMatchObject(DISABLED);
    expect(await epochHere()).toBe(await epochNow());
    expect(await epochHere()).not.toBe(before);
    await application.query('ROLLBACK');
  });

  it('lets what was sealed before the key was disabled be committed after it, and opens it nowhere', async () => {
    await begin('READ COMMITTED');
    const { id, cell } = await sealText(strict, ALIAS, 'x');
    await application.query('INSERT INTO cells VALUES ($1)', [cell]);
    await operator.kms.disableKey({ KeyId: keyId });
    await application.query('COMMIT');
    expect(await sql(keys.url, 'SELECT cell FROM cells')).toEqual([{ cell }]);
    for (const keyring of [strict, operator]) {
      await expect(lease(keyring, { open: [id] })).rejects.toMatchObject(DISABLED);
    }
  });

  it('keeps nobody from disabling the key, which a lock on the head in the transaction would', async () => {
    await begin('READ COMMITTED');
    await activeDataKey(strict, ALIAS);
    await operator.kms.disableKey({ KeyId: keyId });
    await operator.kms.enableKey({ KeyId: keyId });
    await application.query(`${EPOCH} FOR SHARE`);
    await expect(operator.kms.disableKey({ KeyId: keyId })).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      meta: { reason: '55P03' },
    });
    await application.query('ROLLBACK');
    await operator.kms.disableKey({ KeyId: keyId });
  });
});
