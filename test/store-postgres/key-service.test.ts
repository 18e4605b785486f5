import { once } from 'node:events';
import type { Keyring } from '@fieldseal/core';
import { migratePostgresStore } from '@fieldseal/store-postgres';
import { describe, expect, it } from 'vitest';
import { sealText } from '../keyring/open-keyrings.ts';
import { killedAtLock } from './killed-at-lock.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';

describe('the key service on PostgreSQL with several processes', () => {
  const keys = sharedKeys(ALIAS);
  const { start, openHere } = keys;

  const keyIdOf = (keyring: Keyring) =>
    keyring.listKeys().find(({ aliases }) => aliases.includes(ALIAS))?.keyId as string;

  /** How many versions there are, and that exactly one of them seals. */
  async function versions(): Promise<number> {
    const rows = await sql(keys.url, 'SELECT state FROM fieldseal.key_version');
    const states = rows.map(({ state }) => state);
    expect(states.filter((state) => state === 'PRIMARY')).toHaveLength(1);
    expect(states.filter((state) => state === 'STAGED').length).toBeLessThanOrEqual(1);
    return states.length;
  }

  it('one writes and reads on without a failure while another rotates: published, then activated', async () => {
    const keyring = await openHere({ stagingMs: 300 });
    await sealText(keyring, ALIAS, 'x');
    const KeyId = keyIdOf(keyring);
    const other = await start({ stagingMs: 300 });
    await other.act('open');
    await other.act('read');
    for (let version = 2; version <= 4; version += 1) {
      await keyring.kms.rotateKeyOnDemand({ KeyId });
      expect(await versions()).toBe(version);
      await expect
        .poll(
          () =>
            sql(
              keys.url,
              `SELECT FROM fieldseal.data_key WHERE state = 'ACTIVE' AND key_version = ${version}`,
            ),
          { timeout: 10_000 },
        )
        .toHaveLength(1);
    }
    const result = (await other.act('stop')) as Record<string, number>;
    expect(result).toMatchObject({ failed: 0, dataKeys: 4 });
    expect(result.cells).toBeGreaterThan(4);
  });

  it('one that has a key in memory opens nothing within 10 s of its being disabled elsewhere', async () => {
    const keyring = await openHere();
    await sealText(keyring, ALIAS, 'x');
    const other = await start({ pollIntervalMs: 5000 });
    await other.act('open');
    expect(await other.act('refused')).toEqual({ opening: true });
    const before = Date.now();
    await keyring.kms.disableKey({ KeyId: keyIdOf(keyring) });
    // it is opening all the time, and answers that first
    const { code, at } = (await other.act('wait')) as { code: string; at: number };
    expect(code).toBe('ERR_KEY_DISABLED');
    expect(at - before).toBeLessThan(10_000);
  }, 30_000);

  it.each(['head', 'slot', 'store_key'])(
    'one killed in the middle of the first bootstrap, at %s, leaves nothing in the way of the next',
    async (table) => {
      await migratePostgresStore(keys.url);
      const other = await start();
      await killedAtLock(keys.url, { table }, () => {
        other.start('open');
        return other;
      });
      await expect
        .poll(
          () =>
            openHere().then(
              ({ pin }) => pin,
              () => '',
            ),
          { timeout: 10_000 },
        )
        .toMatch(/^fsp1\./);
      expect(await sql(keys.url, 'SELECT FROM fieldseal.store_key')).toHaveLength(1);
      expect(await sql(keys.url, 'SELECT FROM fieldseal.slot')).toHaveLength(1);
    },
    60_000,
  );

  it('one killed at any moment of the first start leaves nothing in the way of the next', async () => {
    for (const delayMs of [30, 120, 300]) {
      await keys.renew();
      const other = await start();
      const exit = once(other.child, 'exit');
      other.start('open');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      other.child.kill('SIGKILL');
      await exit;
      const keyring = await openHere();
      await sealText(keyring, ALIAS, 'x');
      expect(await sql(keys.url, 'SELECT FROM fieldseal.store_key')).toHaveLength(1);
    }
  }, 60_000);
});
