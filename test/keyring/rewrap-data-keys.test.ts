import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { memoryRoot } from '@fieldseal/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { freshDatabase } from '../store-postgres/test-database.ts';
import { readDataKeys } from './insider.ts';
import { refusal } from './kms/key-service.ts';
import { FIELD, lease, sealText } from './open-keyrings.ts';

const ALIAS = 'alias/kyc';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keyring) => keyring.close()));
});

const STORES = {
  'in memory': async () => {
    const store = createMemoryStore();
    return () => store;
  },
  'on PostgreSQL': async () => {
    const url = await freshDatabase();
    return () => postgresStore(url);
  },
};

describe.each(Object.entries(STORES))('rewrapDataKeys %s', (_name, storeOf) => {
  async function setUp() {
    const connect = await storeOf();
    const store = connect();
    const options = {
      roots: [memoryRoot()],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      stagingMs: 0,
    } as const;
    const another = async () => {
      const keyring = await openKeyring({
        ...options,
        store: open.length === 0 ? store : connect(),
      });
      open.push(keyring);
      return keyring;
    };
    const keyring = await another();
    const sealed: { readonly id: string; readonly cell: string }[] = [];
    for (let n = 0; n < 5; n++)
      sealed.push(await sealText(keyring, ALIAS, `v${n}`, { tenant: `t${n}` }));
    return { store, keyring, sealed, another };
  }

  it('moves all rows to the primary version, page by page, and every cell opens', async () => {
    const { store, keyring, sealed, another } = await setUp();
    await keyring.rotateKey(ALIAS);
    const look = await keyring.rewrapDataKeys({ keyId: ALIAS, dryRun: true });
    expect(look).toMatchObject({ read: 5, rewrapped: 5, left: 0 });
    let after: string | null = null;
    const pages: number[] = [];
    do {
      const place: { after?: string } = after === null ? {} : { after };
      const page = await keyring.rewrapDataKeys({ keyId: ALIAS, limit: 2, ...place });
      pages.push(page.rewrapped);
      after = page.next;
    } while (after !== null);
    expect(pages).toEqual([2, 2, 1, 0]);
    const rows = await readDataKeys(store, ...sealed.map(({ id }) => id));
    expect(rows.map(({ columns }) => [columns.key_version, columns.state])).toEqual(
      Array.from({ length: 5 }, () => [2, 'DECRYPT_ONLY']),
    );
    const { keyId } = keyring.listKeys()[0]!;
    await keyring.kms.revokeKeyVersion({ KeyId: keyId, Version: 1 });
    const fresh = await another();
    for (const [n, { id, cell }] of sealed.entries()) {
      const held = await lease(fresh, { open: [id] });
      expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe(`v${n}`);
      held.release();
    }
    const next = await sealText(fresh, ALIAS, 'x', { tenant: 't0' });
    expect(sealed.map(({ id }) => id)).not.toContain(next.id);
  });

  it('keeps serving a process that had the keys in its memory, when the version ends', async () => {
    const { keyring, sealed } = await setUp();
    await keyring.rotateKey(ALIAS);
    await keyring.rewrapDataKeys({ keyId: ALIAS });
    const { keyId } = keyring.listKeys()[0]!;
    await keyring.kms.revokeKeyVersion({ KeyId: keyId, Version: 1 });
    for (const { id, cell } of sealed) {
      const held = await lease(keyring, { open: [id] });
      expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toMatch(/^v\d$/);
      held.release();
    }
  });

  it('leaves what was shredded, and what a revoked version has', async () => {
    const { keyring } = await setUp();
    await keyring.rotateKey(ALIAS);
    await keyring.kms.shred({ Tenant: 't1' });
    expect(await keyring.rewrapDataKeys({ keyId: ALIAS, dryRun: true })).toMatchObject({
      rewrapped: 4,
      left: 1,
    });
    const { keyId } = keyring.listKeys()[0]!;
    await keyring.kms.revokeKeyVersion({ KeyId: keyId, Version: 1 });
    expect(await keyring.rewrapDataKeys({ keyId })).toMatchObject({ rewrapped: 0, left: 5 });
  });

  it('loses against a writer whose row is newer, and no writer fails', async () => {
    const { keyring, another } = await setUp();
    const other = await another();
    await keyring.rotateKey(ALIAS);
    await other.runDue();
    const writes = [0, 1, 2, 3, 4].map((n) => sealText(other, ALIAS, 'x', { tenant: `t${n}` }));
    const page = keyring.rewrapDataKeys({ keyId: ALIAS });
    expect((await Promise.all(writes)).length).toBe(5);
    await page;
    await keyring.rewrapDataKeys({ keyId: ALIAS });
    expect(await keyring.rewrapDataKeys({ keyId: ALIAS, dryRun: true })).toMatchObject({ read: 0 });
  });

  it('refuses an altered row and wraps nothing of its page', async () => {
    const { store, keyring, sealed } = await setUp();
    await keyring.rotateKey(ALIAS);
    const [row] = await readDataKeys(store, sealed[2]!.id);
    const forged = { ...row!, columns: { ...row!.columns, tenant: 'mallory' } };
    await store.replaceKeys([{ row: forged, expectedMac: row!.rowMac }]);
    await expect(keyring.rewrapDataKeys({ keyId: ALIAS })).rejects.toThrow(
      refusal('ERR_STORE_INTEGRITY'),
    );
  });

  it('refuses malformed requests, and keys that are not there or switched off', async () => {
    const { keyring } = await setUp();
    const { keyId } = keyring.listKeys()[0]!;
    const call = (more: object) => keyring.rewrapDataKeys({ keyId, ...more });
    await expect(call({ after: 'x' })).rejects.toThrow(refusal('ERR_REQUEST_INVALID'));
    await expect(call({ limit: 1001 })).rejects.toThrow(refusal('ERR_REQUEST_INVALID'));
    await expect(call({ keyId: 'alias/none' })).rejects.toThrow(refusal('ERR_KEY_NOT_FOUND'));
    await keyring.kms.disableKey({ KeyId: keyId });
    await expect(call({})).rejects.toThrow(refusal('ERR_KEY_DISABLED'));
  });
});
