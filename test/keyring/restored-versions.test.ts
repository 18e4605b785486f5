import { acceptRestoredStore, createIdentityPolicy, type EpochAnchor } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { DAY_MS, keyService, outcome, text } from './kms/key-service.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from './open-keyrings.ts';
import { restorableStore, type StoreBackup } from './restorable-store.ts';

closeKeyringsAfterEach();

const KYC = 'alias/kyc';
const LEASE_MS = 200_000;

/** A key with a cell under its first version, on a host that remembers epochs. */
async function oneVersion() {
  const server = restorableStore();
  const entry: { value: Awaited<ReturnType<EpochAnchor['read']>> } = { value: null };
  const anchor: EpochAnchor = {
    read: async () => entry.value,
    write: async (value) => {
      entry.value = value;
    },
  };
  const roles = createIdentityPolicy(['administrator', 'auditor']);
  const access = { identityPolicies: () => [roles] };
  const given = { anchor, countCells: async () => 0n, access };
  const service = await keyService({ ...given, store: server.store });
  const { keyring, kms, key, clock, options } = service;
  const KeyId = await key();
  await kms.createAlias({ AliasName: KYC, TargetKeyId: KeyId });
  const cell = await sealText(keyring, KYC, 'x');

  /** Ends a version as an operator does, waiting for everything. */
  async function retire(Version: number): Promise<void> {
    await kms.retireKeyVersion({ KeyId, Version, PendingWindowInDays: 7 });
    clock.step(LEASE_MS);
    await keyring.runDue();
    clock.step(7 * DAY_MS);
    expect((await keyring.runDue()).retired).toEqual([`${KeyId}/${Version}`]);
  }

  /** Restores a backup, and accepts it with all tombstones that there are. */
  async function restoreAndAccept(backup: StoreBackup) {
    const tombstones = keyring.exportTombstones();
    await server.restore(backup);
    const accepted = await acceptRestoredStore({ ...options, tombstones });
    const fresh = await openForTest(options);
    const states = () =>
      fresh.listKeys()[0]?.versions.map(({ version, state }) => [version, state]);
    return { accepted, fresh, states };
  }
  return { ...service, server, KeyId, cell, retire, restoreAndAccept };
}

describe('a primary version that a tombstone names', () => {
  it('ends only when another one takes its place, and the store opens and seals', async () => {
    const { keyring, server, options, KeyId, cell, retire, restoreAndAccept } = await oneVersion();
    const backup = await server.backup([cell.id]);
    await keyring.rotateKey(KeyId);
    await retire(1);
    const { accepted, fresh, states } = await restoreAndAccept(backup);
    expect(accepted).toMatchObject({ tombstones: 1, ended: [`${KeyId}/1`] });
    expect(await outcome(sealText(fresh, KYC, 'y'))).toBe('ERR_KEY_DESTROYED');
    expect((await fresh.runDue()).retired).toEqual([`${KeyId}/1`]);
    expect(states()).toEqual([
      [1, 'DESTROYED'],
      [2, 'PRIMARY'],
    ]);
    expect((await fresh.runDue()).retired).toEqual([]);
    const again = await openForTest(options);
    expect(await outcome(sealText(again, KYC, 'y'))).toBe('ok');
    expect(await outcome(lease(again, { open: [cell.id] }))).toBe('ERR_KEY_DESTROYED');
    expect(await again.audit.verify()).toMatchObject({ sound: true });
    const { CiphertextBlob } = await again.kms.encrypt({ KeyId, Plaintext: text('z') });
    expect(await outcome(again.kms.decrypt({ CiphertextBlob }))).toBe('ok');
  });

  it('is followed by the version that is announced already', async () => {
    const { keyring, kms, clock, server, KeyId, retire, restoreAndAccept } = await oneVersion();
    await kms.rotateKeyOnDemand({ KeyId });
    const backup = await server.backup();
    clock.step(60_000);
    await keyring.runDue();
    await retire(1);
    clock.step(-8 * DAY_MS);
    const { fresh, states } = await restoreAndAccept(backup);
    await fresh.runDue();
    expect(states()).toEqual([
      [1, 'DESTROYED'],
      [2, 'PRIMARY'],
    ]);
  });

  it('ends under a disabled key, too', async () => {
    const { keyring, kms, server, KeyId, retire, restoreAndAccept } = await oneVersion();
    await kms.disableKey({ KeyId });
    const backup = await server.backup();
    await kms.enableKey({ KeyId });
    await keyring.rotateKey(KeyId);
    await retire(1);
    const { fresh, states } = await restoreAndAccept(backup);
    await fresh.runDue();
    expect(states()?.map(([, state]) => state)).toEqual(['DESTROYED', 'PRIMARY']);
    expect((await fresh.kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Disabled');
  });
});

describe('the number of a version that a tombstone names', () => {
  it.each(['rotateKey', 'rotateKeyOnDemand'] as const)('is not given again by %s', async (how) => {
    const { keyring, clock, server, KeyId, retire, restoreAndAccept } = await oneVersion();
    const backup = await server.backup();
    await keyring.rotateKey(KeyId);
    await keyring.rotateKey(KeyId);
    await retire(2);
    const { accepted, fresh, states } = await restoreAndAccept(backup);
    expect(accepted).toMatchObject({ tombstones: 1, ended: [] });
    if (how === 'rotateKey') await fresh.rotateKey(KeyId);
    else await fresh.kms.rotateKeyOnDemand({ KeyId });
    clock.step(60_000);
    await fresh.runDue();
    expect(states()).toEqual([
      [1, 'DECRYPT_ONLY'],
      [3, 'PRIMARY'],
    ]);
    expect(await outcome(sealText(fresh, KYC, 'y'))).toBe('ok');
  });
});

describe('a keyring that ran on through a restore', () => {
  it('wraps nothing with the version that had the number before, and seals under no key of before', async () => {
    const { keyring, server, KeyId, another, restoreAndAccept } = await oneVersion();
    const backup = await server.backup();
    await keyring.rotateKey(KeyId);
    const lost = await sealText(keyring, KYC, 'x');
    const { fresh } = await restoreAndAccept(backup);
    await fresh.rotateKey(KeyId);
    // the next call meets the new state, without a look at the store in between
    await keyring.createKey();
    const next = await sealText(keyring, KYC, 'y');
    expect(next.id).not.toBe(lost.id);
    const held = await lease(keyring, { open: [lost.id] });
    expect(held.opening(lost.id)).toBeUndefined();
    held.release();
    expect(await outcome(lease(await another(), { open: [next.id] }))).toBe('ok');
  });

  it('keeps its keys when nothing but a change was made', async () => {
    const { keyring, another, cell } = await oneVersion();
    (await lease(keyring, { open: [cell.id] })).release();
    await (await another()).createKey();
    await keyring.createKey();
    const { opened } = keyring.counters().cache;
    (await lease(keyring, { open: [cell.id] })).release();
    expect(keyring.counters().cache.opened).toBe(opened);
  });
});
