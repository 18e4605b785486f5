import {
  acceptRestoredStore,
  createIdentityPolicy,
  type EpochAnchor,
  type KeyringOptions,
} from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from './open-keyrings.ts';
import { restorableStore } from './restorable-store.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const SCOPE = { tenant: 'acme' };
const ROLLED_BACK = { code: 'ERR_STORE_ROLLED_BACK' };

/** A store that was restored from a backup: since then somebody was shredded and a key disabled. */
async function restored() {
  const { store, ...server } = restorableStore();
  const entry: { value: Awaited<ReturnType<EpochAnchor['read']>> } = { value: null };
  const anchor: EpochAnchor = {
    read: async () => entry.value,
    write: async (value) => {
      entry.value = value;
    },
  };
  const options = (): KeyringOptions => ({
    store,
    roots: [root],
    environment: 'test',
    development: true,
    createMissingAliases: true,
    clock,
    anchor,
    access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
  });
  const root = memoryRoot();
  const clock = fixedClock(1_800_000_000_000);
  const keyring = await openForTest(options());
  const cell = await sealText(keyring, ALIAS, 'x', SCOPE);
  const other = await sealText(keyring, ALIAS, 'y', { tenant: 'beta' });
  const saved = await server.backup([cell.id, other.id]);
  await keyring.kms.shred({ Tenant: 'acme' });
  await keyring.createKey();
  const tombstones = keyring.exportTombstones();
  await server.restore(saved);
  const backup = saved.control;
  const open = () => openForTest(options());
  return { options, anchor, entry, backup, cell, other, tombstones, open, keyring };
}

describe('a store that was restored on purpose', () => {
  it('is accepted, also by who saw later states, and what was shredded is shredded again', async () => {
    const { options, entry, backup, cell, other, tombstones, open } = await restored();
    await expect(open()).rejects.toMatchObject(ROLLED_BACK);
    const known = entry.value?.epoch ?? 0n;
    const accepted = await acceptRestoredStore({ ...options(), tombstones });
    expect(accepted).toMatchObject({ restoredEpoch: backup.head.epoch, tombstones: 1 });
    expect(accepted.epoch).toBeGreaterThan(known);
    expect(entry.value).toEqual({ pin: accepted.pin, epoch: accepted.epoch });
    const keyring = await open();
    const opened = (id: string) => lease(keyring, { open: [id] });
    await expect(opened(cell.id)).rejects.toMatchObject({ code: 'ERR_KEY_DESTROYED' });
    (await opened(other.id)).release();
    // its wraps came back with the backup, and go again
    expect((await keyring.runDue()).shredded).toBe(1);
    expect((await keyring.kms.shred({ Tenant: 'acme', DryRun: true })).DataKeys).toBe(1);
    expect((await keyring.kms.listShreds()).Shreds).toMatchObject([{ Erased: true }]);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  it('leaves who accepted it, and what, in the trail', async () => {
    const { options, backup, tombstones } = await restored();
    const { store } = options();
    await acceptRestoredStore({ ...options(), principal: 'user/asha', tombstones });
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 100 });
    const entry = entries.at(-1)?.columns;
    expect(entry).toMatchObject({ principal: 'user/asha', action: 'AcceptRestoredStore' });
    expect(JSON.parse(String(entry?.details))).toMatchObject({
      restored: String(backup.head.epoch),
      tombstones: 1,
    });
  });

  it('is accepted above an epoch that only other hosts saw', async () => {
    const { options, open } = await restored();
    const above = 5_000_000n;
    expect((await acceptRestoredStore({ ...options(), above })).epoch).toBeGreaterThan(above);
    expect((await open()).environment).toBe('test');
  });

  it('is not accepted with a tombstone of another store, by whom no policy allows, or twice', async () => {
    const { options, tombstones } = await restored();
    const [line = ''] = tombstones;
    const altered = [line.replace('"kind":"scope-erased"', '"kind":"key"'), '{}', 'x', '{"id":1}'];
    for (const wrong of altered) {
      const call = acceptRestoredStore({ ...options(), tombstones: [wrong] });
      await expect(call).rejects.toMatchObject({ code: 'ERR_STORE_INTEGRITY' });
    }
    for (const access of [{ identityPolicies: () => [] }, {}]) {
      await expect(acceptRestoredStore({ ...options(), access })).rejects.toMatchObject({
        code: 'ERR_ACCESS_DENIED',
      });
    }
    await acceptRestoredStore(options());
    await expect(acceptRestoredStore(options())).rejects.toMatchObject({
      code: 'ERR_REQUEST_INVALID',
      meta: { option: 'above' },
    });
  });

  it('is accepted by a keyring that ran on, at its next look', async () => {
    const { options, keyring, tombstones } = await restored();
    await expect(keyring.runDue()).rejects.toMatchObject(ROLLED_BACK);
    await acceptRestoredStore({ ...options(), tombstones });
    expect(await keyring.runDue()).toMatchObject({ shredded: 1 });
  });
});
