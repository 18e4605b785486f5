import { setTimeout as wait } from 'node:timers/promises';
import type { Keyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { describe, expect, it } from 'vitest';
import { activeDataKey, lease } from '../keyring/open-keyrings.ts';
import { interruptibleProxy } from '../support/interruptible-proxy.ts';
import type { OtherProcess } from './other-process.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';

describe('keys that two processes use', { timeout: 120_000 }, () => {
  const keys = sharedKeys(ALIAS);
  const { openHere } = keys;

  async function start(options: object = {}): Promise<OtherProcess> {
    const other = await keys.start(options);
    await other.act('open');
    return other;
  }

  const use = (keyring: Keyring, scope: { readonly tenant?: string } = {}): Promise<string> =>
    activeDataKey(keyring, ALIAS, scope);

  const keyIdOf = (keyring: Keyring): string =>
    keyring.listKeys().find(({ aliases }) => aliases.includes(ALIAS))!.keyId;

  async function shreddedKeys(): Promise<number> {
    const rows = await sql(
      keys.url,
      `SELECT id FROM fieldseal.data_key WHERE tenant = 'acme' AND octet_length(wrapped) > 0
         AND wrapped <> decode(repeat('00', octet_length(wrapped)), 'hex')`,
    );
    return rows.length;
  }

  it('10,000 cells are sealed and opened while the key rotates under them', async () => {
    const keyring = await openHere();
    await use(keyring);
    const other = await start();
    const done = other.act('many');
    for (let n = 0; n < 3; n += 1) {
      await wait(300);
      await keyring.rotateKey(ALIAS);
    }
    const { wrong, dataKeys } = (await done) as { wrong: number; dataKeys: number };
    expect(wrong).toBe(0);
    expect(dataKeys).toBeGreaterThan(1);
  });

  it('a strict process refuses from the next call on, without having heard of anything', async () => {
    const keyring = await openHere();
    await use(keyring);
    const other = await start({ consistency: 'strict', pollIntervalMs: 10_000 });
    expect(await other.act('again')).toEqual({ opened: true });
    await keyring.kms.disableKey({ KeyId: keyIdOf(keyring) });
    expect(await other.act('again')).toEqual({ code: 'ERR_KEY_DISABLED' });
    await keyring.kms.enableKey({ KeyId: keyIdOf(keyring) });
    expect(await other.act('again')).toEqual({ opened: true });
  });

  it('without a store, a window of 0 stops sealing after 10 s, and opening goes on', async () => {
    const proxy = await interruptibleProxy(keys.url);
    const keyring = await openHere({
      store: postgresStore(proxy.url),
      cache: { sealStaleMs: 0 },
    });
    const id = await use(keyring);
    const open = async () => {
      (await lease(keyring, { open: [id] })).release();
    };
    await open();
    await proxy.down();
    await wait(1500);
    await expect(use(keyring)).resolves.toBe(id);
    expect(keyring.health()).toMatchObject({ live: true });
    await wait(10_500);
    await expect(use(keyring)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    await expect(open()).resolves.toBeUndefined();
    expect(keyring.health()).toMatchObject({ live: true, status: 'failing', opening: true });
    await proxy.up();
    await expect.poll(() => use(keyring).catch(() => ''), { timeout: 15_000 }).toBe(id);
    expect(keyring.health().status).toBe('ok');
  });

  it('fifty cold calls at once unwrap a key once', async () => {
    const first = await openHere();
    const id = await use(first);
    const keyring = await openHere();
    const leases = await Promise.all(
      Array.from({ length: 50 }, () => lease(keyring, { open: [id] })),
    );
    expect(keyring.counters().cache.opened).toBe(1);
    for (const held of leases) held.release();
  });

  it('a shred that is killed anywhere has not begun, or is finished by what is due', async () => {
    const keyring = await openHere();
    await use(keyring);
    let begun = 0;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const { Shreds } = await keyring.kms.listShreds();
      if (Shreds.length > 0) break;
      await use(keyring, { tenant: 'acme' });
      const other = await start();
      other.start('shred');
      await wait(5 + attempt * 8);
      other.child.kill('SIGKILL');
      await wait(300);
      const isBegun = (await keyring.kms.listShreds()).Shreds.length > 0;
      begun += Number(isBegun);
      if (isBegun) {
        const sealing = use(keyring, { tenant: 'acme' });
        await expect(sealing).rejects.toMatchObject({ code: 'ERR_KEY_DESTROYED' });
        await keyring.runDue();
        expect(await shreddedKeys()).toBe(0);
      } else {
        expect(await shreddedKeys()).toBe(1);
        await use(keyring, { tenant: 'acme' });
      }
    }
    if (begun === 0) await keyring.kms.shred({ Tenant: 'acme' });
    expect(await shreddedKeys()).toBe(0);
    await use(keyring, { tenant: 'other' });
  });
});
