import { rm } from 'node:fs/promises';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot, fileAnchor } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { describe, expect, it } from 'vitest';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import { dumpStore } from './dump-store.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const ACME = { tenant: 'acme' };
const WITHIN = { timeout: 10_000 };

describe('a tenant that was shredded, after a restore of', { timeout: 60_000 }, () => {
  const keys = sharedKeys(ALIAS);

  /** What opening a cell of the tenant comes to. */
  const use = (keyring: Keyring, id: string): Promise<string> =>
    lease(keyring, { open: [id] }).then(
      (held) => {
        held.release();
        return 'opened';
      },
      ({ code }) => code,
    );

  async function isWhole(): Promise<unknown> {
    const rows = await sql(
      keys.url,
      `SELECT bool_or(wrapped <> decode(repeat('00', 94), 'hex')) AS whole
         FROM fieldseal.data_key WHERE tenant = 'acme'`,
    );
    return rows[0]?.whole;
  }

  it('its data keys, is refused by all processes, and erased when it is shredded again', async () => {
    const keyring = await keys.openHere();
    const { id } = await sealText(keyring, ALIAS, 'a', ACME);
    const dump = await dumpStore(keys.url);
    await keyring.kms.shred({ Tenant: 'acme' });
    await dump.restore(['data_key', 'index_key']);
    expect(await isWhole()).toBe(true);
    const fresh = await keys.openHere();
    for (const each of [keyring, fresh]) {
      expect(await use(each, id)).toBe('ERR_KEY_DESTROYED');
      await expect(sealText(each, ALIAS, 'b', ACME)).rejects.toMatchObject({
        code: 'ERR_KEY_DESTROYED',
      });
    }
    expect(await fresh.kms.shred({ Tenant: 'acme' })).toMatchObject({ DataKeys: 1 });
    expect(await isWhole()).toBe(false);
  });

  it('everything but the tombstones, finds that they are missing', async () => {
    const keyring = await keys.openHere();
    const { id } = await sealText(keyring, ALIAS, 'a', ACME);
    const dump = await dumpStore(keys.url);
    await keyring.kms.shred({ Tenant: 'acme' });
    await dump.restore(['tombstone', 'data_key']);
    const other = await keys.start();
    expect(await other.act('open')).toEqual({ code: 'ERR_STORE_INTEGRITY' });
    expect(await use(keyring, id)).toBe('ERR_KEY_DESTROYED');
  });

  it('the whole store, finds processes and hosts that refuse it', async () => {
    const anchorPath = `${keys.rootPath}.anchor`;
    const keyring = await openKeyring({
      store: postgresStore(keys.url),
      roots: [devFileRoot({ path: keys.rootPath })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: 100,
      anchor: fileAnchor({ path: anchorPath }),
    });
    const { id } = await sealText(keyring, ALIAS, 'a', ACME);
    const dump = await dumpStore(keys.url);
    await keyring.kms.shred({ Tenant: 'acme' });
    await dump.restore();
    await expect.poll(() => use(keyring, id), WITHIN).toBe('ERR_STORE_ROLLED_BACK');
    const other = await keys.start({ anchorPath });
    expect(await other.act('open')).toEqual({ code: 'ERR_STORE_ROLLED_BACK' });
    // its last entries do not fit to an audit trail that was put back as well
    await expect(keyring.close()).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN' });
  });

  it('the whole store, stays so in a process that saw it, however many changes are made since', async () => {
    // so slow that all of it happens between two looks
    const store = { ...postgresStore(keys.url), watch: () => () => {} };
    const keyring = await keys.openHere({ store, pollIntervalMs: 10_000 });
    const { id } = await sealText(keyring, ALIAS, 'a', ACME);
    expect(await use(keyring, id)).toBe('opened');
    const dump = await dumpStore(keys.url);
    await keyring.kms.shred({ Tenant: 'acme' });
    const epochs = () => sql(keys.url, 'SELECT epoch FROM fieldseal.head');
    const [{ epoch: before } = { epoch: 0 }] = await epochs();
    await dump.restore();
    // who has no memory of it goes on from the old state, past the epoch of the shredding
    const other = await keys.start();
    await other.act('open');
    const seen: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      await other.act('key');
      seen.push(await use(keyring, id));
    }
    const [{ epoch: after } = { epoch: 0 }] = await epochs();
    expect(Number(after)).toBeGreaterThan(Number(before));
    const look = { timeout: 15_000 };
    await expect.poll(() => use(keyring, id), look).toBe('ERR_STORE_ROLLED_BACK');
    expect(seen).not.toContain('opened');
    await expect(keyring.createKey()).rejects.toMatchObject({ code: 'ERR_STORE_ROLLED_BACK' });
  });

  it('the whole store, which was meant, is gone when it is shredded again', async () => {
    const anchorPath = `${keys.rootPath}.anchor`;
    const first = await keys.start({ scope: ACME, anchorPath });
    await first.act('open');
    const { cell } = (await first.act('seal')) as { cell: string };
    const dump = await dumpStore(keys.url);
    await first.act('shred');
    first.child.kill('SIGKILL');
    await dump.restore();
    await rm(anchorPath);
    const [second, third] = await Promise.all([
      keys.start({ scope: ACME, anchorPath, cell }),
      keys.start({ scope: ACME, cell }),
    ]);
    for (const each of [second, third]) {
      await each.act('open');
      // what docs/keys.md says of backups: whoever has one and a root opens what is in it
      expect(await each.act('again')).toEqual({ opened: true });
    }
    expect(await second.act('shred')).toMatchObject({ DataKeys: 1 });
    const destroyed = { code: 'ERR_KEY_DESTROYED' };
    expect(await second.act('again')).toEqual(destroyed);
    await expect.poll(() => third.act('again'), WITHIN).toEqual(destroyed);
    expect(await isWhole()).toBe(false);
  });
});
