import { once } from 'node:events';
import type { Keyring } from '@fieldseal/core';
import { migratePostgresStore } from '@fieldseal/store-postgres';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import type { OtherProcess } from './other-process.ts';
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

  /** Kills a process where it waits for a lock on a table, in the middle of its transaction. */
  async function killedAt(table: string, process: OtherProcess, command: string): Promise<void> {
    const blocker = new Client({ connectionString: keys.url });
    await blocker.connect();
    await blocker.query(`BEGIN; LOCK TABLE fieldseal.${table} IN SHARE MODE`);
    process.start(command);
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'fieldseal.${table}'::regclass`;
    await expect.poll(() => sql(keys.url, waiting), { timeout: 20_000 }).toHaveLength(1);
    const exit = once(process.child, 'exit');
    process.child.kill('SIGKILL');
    await exit;
    await blocker.query('ROLLBACK');
    await blocker.end();
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

  it.each(['head', 'key_version', 'key_rotation'])(
    'one killed in the middle of a rotation, at %s, leaves a store that goes on',
    async (table) => {
      const keyring = await openHere({ stagingMs: 0 });
      const cell = await sealText(keyring, ALIAS, 'x');
      const before = await versions();
      const other = await start({ stagingMs: 0 });
      await other.act('open');
      await killedAt(table, other, 'rotate');
      await expect
        .poll(() => keyring.runDue().catch(() => undefined), { timeout: 10_000 })
        .toMatchObject({ deleted: [] });
      expect(await versions()).toBe(before);
      await keyring.kms.rotateKeyOnDemand({ KeyId: keyIdOf(keyring) });
      await keyring.runDue();
      expect(await versions()).toBe(before + 1);
      const next = await sealText(keyring, ALIAS, 'y');
      expect(next.id).not.toBe(cell.id);
      (await lease(await openHere(), { open: [cell.id, next.id] })).release();
    },
    60_000,
  );

  it('one killed at any moment while it rotates leaves a store that goes on', async () => {
    const keyring = await openHere({ stagingMs: 0 });
    const cells = [await sealText(keyring, ALIAS, 'x')];
    for (const delayMs of [2, 7, 15]) {
      const other = await start({ stagingMs: 0 });
      await other.act('open');
      const exit = once(other.child, 'exit');
      other.start('rotate');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      other.child.kill('SIGKILL');
      await exit;
      // its transaction may still be running on the server: this waits for it
      await sql(keys.url, 'SELECT FROM fieldseal.head FOR UPDATE');
      await keyring.runDue();
      await versions();
      cells.push(await sealText(keyring, ALIAS, 'y'));
      (await lease(await openHere(), { open: cells.map(({ id }) => id) })).release();
    }
  }, 60_000);

  it.each(['head', 'slot', 'store_key'])(
    'one killed in the middle of the first bootstrap, at %s, leaves nothing in the way of the next',
    async (table) => {
      await migratePostgresStore(keys.url);
      await killedAt(table, await start(), 'open');
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
