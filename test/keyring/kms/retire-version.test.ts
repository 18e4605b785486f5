import type { ControlRow } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { DAY_MS, keyService, outcome, refusal, START, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const KYC = 'alias/kyc';
/** As long as anybody may seal under a version that is the primary one no more. */
const LEASE_MS = 200_000;

/** A key with two versions, a cell and a blob under the first, and a count that tests can set. */
async function twoVersions() {
  const counted = { cells: 0n as bigint | undefined, asked: [] as unknown[] };
  const service = await keyService({
    countCells: async (keyId, _describe, keyVersion) => {
      counted.asked.push([keyId, keyVersion]);
      return counted.cells;
    },
  });
  const { kms, keyring, key } = service;
  const KeyId = await key();
  await kms.createAlias({ AliasName: KYC, TargetKeyId: KeyId });
  const cell = await sealText(keyring, KYC, 'x');
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
  await keyring.rotateKey(KeyId);
  const old = { KeyId, Version: 1 };
  const versionState = () => keyring.listKeys()[0]?.versions[0];
  const openBlob = () => outcome(kms.decrypt({ CiphertextBlob }));
  const openCell = () => outcome(lease(keyring, { open: [cell.id] }));
  return { ...service, counted, KeyId, old, versionState, openBlob, openCell };
}

/** The same, and the version opens nothing any more. */
async function closed() {
  const made = await twoVersions();
  const { kms, keyring, clock, old, KeyId } = made;
  await kms.retireKeyVersion({ ...old, PendingWindowInDays: 7 });
  clock.step(LEASE_MS);
  expect(await keyring.runDue()).toMatchObject({ closed: [`${KeyId}/1`], retired: [] });
  return made;
}

describe('a version that is retired', () => {
  it('opens until nobody can seal under it, then nothing, and ends after the waiting period', async () => {
    const { kms, keyring, clock, insider, KeyId, old, ...made } = await twoVersions();
    const { versionState, openBlob, openCell } = made;
    expect(await kms.retireKeyVersion({ ...old, PendingWindowInDays: 7 })).toEqual({
      ...old,
      ClosingDate: new Date(START.getTime() + LEASE_MS),
      DeletionDate: new Date(START.getTime() + LEASE_MS + 7 * DAY_MS),
      PendingWindowInDays: 7,
    });
    clock.step(LEASE_MS - 1);
    expect(await keyring.runDue()).toMatchObject({ closed: [], retired: [], stillInUse: [] });
    expect(versionState()?.state).toBe('DECRYPT_ONLY');
    expect([await openBlob(), await openCell()]).toEqual(['ok', 'ok']);
    clock.step(1);
    expect(await keyring.runDue()).toMatchObject({ closed: [`${KeyId}/1`], retired: [] });
    expect(versionState()?.state).toBe('PENDING_DELETION');
    expect([await openBlob(), await openCell()]).toEqual(['ERR_KEY_STATE', 'ERR_KEY_STATE']);
    clock.step(7 * DAY_MS - 1);
    expect(await keyring.runDue()).toMatchObject({ closed: [], retired: [], stillInUse: [] });
    clock.step(1);
    expect(await keyring.runDue()).toMatchObject({ closed: [], retired: [`${KeyId}/1`] });
    expect(await keyring.runDue()).toMatchObject({ closed: [], retired: [] });
    expect(versionState()).toEqual({ version: 1, state: 'DESTROYED' });
    expect([await openBlob(), await openCell()]).toEqual([
      'ERR_KEY_DESTROYED',
      'ERR_KEY_DESTROYED',
    ]);
    const { rows } = await insider();
    const [version] = (await rows('key_version')).filter(({ columns }) => columns.version === 1);
    expect(version?.columns).toMatchObject({ state: 'DESTROYED', wrapped: new Uint8Array(94) });
    expect((await rows('tombstone')).map(({ columns }) => columns.kind)).toEqual(['key_version']);
  });

  it('leaves the key and its other versions as they are', async () => {
    const { kms, keyring, clock, KeyId } = await closed();
    clock.step(7 * DAY_MS);
    await keyring.runDue();
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('new') });
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ok');
    // the scope whose data key was under the version writes, too
    expect(await outcome(sealText(keyring, KYC, 'new'))).toBe('ok');
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.cancelKeyDeletion({ KeyId });
    expect((await kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Disabled');
  });

  it('waits as long as was asked for, however late the count is zero', async () => {
    const { kms, keyring, clock, counted, KeyId, old, versionState } = await twoVersions();
    await kms.retireKeyVersion({ ...old, PendingWindowInDays: 7 });
    counted.cells = 1n;
    clock.step(LEASE_MS + 20 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ closed: [], stillInUse: [`${KeyId}/1`] });
    expect(versionState()?.state).toBe('DECRYPT_ONLY');
    counted.cells = 0n;
    expect(await keyring.runDue()).toMatchObject({ closed: [`${KeyId}/1`], retired: [] });
    clock.step(7 * DAY_MS - 1);
    expect((await keyring.runDue()).retired).toEqual([]);
    clock.step(1);
    expect((await keyring.runDue()).retired).toEqual([`${KeyId}/1`]);
  });

  it('is kept and reported when a cell turns up in the waiting period', async () => {
    const { keyring, clock, counted, KeyId, openCell, kms, old } = await closed();
    counted.cells = 1n;
    clock.step(30 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ retired: [], stillInUse: [`${KeyId}/1`] });
    await kms.cancelKeyVersionRetirement(old);
    expect(await openCell()).toBe('ok');
  });

  it('opens again when that is called off, and is ended by nobody then', async () => {
    const { kms, keyring, clock, old, openBlob, versionState } = await closed();
    await kms.cancelKeyVersionRetirement(old);
    expect(await openBlob()).toBe('ok');
    clock.step(60 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ closed: [], retired: [], stillInUse: [] });
    expect(versionState()).toEqual({ version: 1, state: 'DECRYPT_ONLY' });
    await expect(kms.cancelKeyVersionRetirement(old)).rejects.toThrow(
      refusal('ERR_KEY_STATE', { keyVersion: 1, reason: 'DECRYPT_ONLY' }),
    );
  });

  it('stays revoked when it was revoked before and that is called off', async () => {
    const { kms, keyring, clock, old, KeyId, openBlob } = await twoVersions();
    await kms.revokeKeyVersion(old);
    await kms.retireKeyVersion({ ...old, PendingWindowInDays: 7 });
    clock.step(LEASE_MS);
    expect(await keyring.runDue()).toMatchObject({ closed: [`${KeyId}/1`] });
    await kms.cancelKeyVersionRetirement(old);
    expect(await openBlob()).toBe('ERR_KEY_VERSION_REVOKED');
    await kms.retireKeyVersion({ ...old, PendingWindowInDays: 7 });
    clock.step(LEASE_MS);
    await keyring.runDue();
    clock.step(7 * DAY_MS);
    expect(await keyring.runDue()).toMatchObject({ retired: [`${KeyId}/1`] });
    expect(await openBlob()).toBe('ERR_KEY_DESTROYED');
  });

  it('is ended once by two processes that run at the same moment', async () => {
    const { keyring, another, clock, KeyId } = await closed();
    const other = await another();
    clock.step(7 * DAY_MS);
    const reports = await Promise.all([keyring.runDue(), other.runDue()]);
    expect(reports.flatMap(({ retired }) => retired)).toEqual([`${KeyId}/1`]);
  });

  it('stays gone when its row comes back from a backup, and is wiped again', async () => {
    const { keyring, clock, store, insider, another, KeyId, openBlob, old } = await closed();
    const backup = (await store.readControl())?.rows ?? [];
    clock.step(7 * DAY_MS);
    await keyring.runDue();
    const inside = await insider();
    const row = backup.find(
      ({ table, columns }) => table === 'key_version' && columns.version === 1,
    ) as ControlRow;
    await inside.put(inside.altered(row, { state: 'DECRYPT_ONLY', deletion_at: null }));
    const fresh = await another();
    expect(fresh.listKeys()[0]?.versions[0]?.state).toBe('DESTROYED');
    expect(await outcome(fresh.kms.retireKeyVersion(old))).toBe('ERR_KEY_DESTROYED');
    expect(await outcome(fresh.kms.cancelKeyVersionRetirement(old))).toBe('ERR_KEY_DESTROYED');
    await keyring.runDue();
    expect(await openBlob()).toBe('ERR_KEY_DESTROYED');
    const [version] = (await inside.rows('key_version')).filter((r) => r.columns.version === 1);
    expect(version?.columns).toMatchObject({ state: 'DESTROYED', wrapped: new Uint8Array(94) });
    expect((await keyring.runDue()).retired).toEqual([]);
    expect(KeyId).toBe(old.KeyId);
  });

  it('is ended also when a version of another key cannot be counted', async () => {
    const failing = new Set<string>();
    const { kms, keyring, key, clock } = await keyService({
      countCells: async (keyId) => {
        if (failing.has(keyId)) throw new RangeError('database is away');
        return 0n;
      },
    });
    const [first, second] = [await key(), await key()];
    for (const KeyId of [first, second]) {
      await keyring.rotateKey(KeyId);
      await kms.retireKeyVersion({ KeyId, Version: 1 });
    }
    failing.add(first);
    clock.step(LEASE_MS);
    await expect(keyring.runDue()).rejects.toThrow('database is away');
    const states = keyring.listKeys().map(({ keyId, versions }) => [keyId, versions[0]?.state]);
    expect(states).toContainEqual([first, 'DECRYPT_ONLY']);
    expect(states).toContainEqual([second, 'PENDING_DELETION']);
  });

  it('leaves each step in the audit trail', async () => {
    const { keyring, clock, store, KeyId } = await closed();
    clock.step(7 * DAY_MS);
    await keyring.runDue();
    const entries = await store.readAudit({ chain: 'management', after: 0n, limit: 100 });
    const found = entries.filter(({ columns }) => /KeyVersion$/.test(`${columns.action}`));
    const told = ({ principal, action, key_id: id, details }: ControlRow['columns']) =>
      [principal, action, id, details].join(' ');
    expect(found.map(({ columns }) => told(columns))).toEqual([
      `service/development RetireKeyVersion ${KeyId} {"days":7,"version":1}`,
      `service/fieldseal CloseKeyVersion ${KeyId} {"version":1}`,
      `service/fieldseal DeleteKeyVersion ${KeyId} {"version":1}`,
    ]);
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });
});

describe('retiring is refused', () => {
  it.each([1n, undefined])('while the count is %s: ERR_KEY_IN_USE', async (cells) => {
    const { kms, counted, old, KeyId, versionState } = await twoVersions();
    counted.cells = cells;
    const reason = cells === undefined ? 'NOT_COUNTED' : 'CELLS';
    await expect(kms.retireKeyVersion(old)).rejects.toThrow(
      refusal('ERR_KEY_IN_USE', { keyId: KeyId, keyVersion: 1, reason }),
    );
    expect(counted.asked).toEqual([[KeyId, 1]]);
    expect(versionState()).toEqual({ version: 1, state: 'DECRYPT_ONLY' });
  });

  it('where nobody counts: ERR_KEY_IN_USE', async () => {
    const { kms, keyring, key } = await keyService();
    const KeyId = await key();
    await keyring.rotateKey(KeyId);
    await expect(kms.retireKeyVersion({ KeyId, Version: 1 })).rejects.toThrow(
      refusal('ERR_KEY_IN_USE', { reason: 'NOT_COUNTED' }),
    );
  });

  it('while an index key is under the version, until it is rewrapped', async () => {
    const { kms, keyring, KeyId } = await twoVersions();
    (await lease(keyring, { index: [{ alias: KYC }] })).release();
    await keyring.rotateKey(KeyId);
    const second = { KeyId, Version: 2 };
    await expect(kms.retireKeyVersion(second)).rejects.toThrow(
      refusal('ERR_KEY_IN_USE', { keyVersion: 2, reason: 'INDEX_KEYS' }),
    );
    for (let after: string | null = ''; after !== null; ) {
      const from: { readonly after?: string } = after === '' ? {} : { after };
      after = (await keyring.rewrapDataKeys({ keyId: KeyId, ...from })).next;
    }
    expect(await outcome(kms.retireKeyVersion(second))).toBe('ok');
  });

  it('for the primary version, a staged one, one that is on its way and one that is not there', async () => {
    const { kms, KeyId, old, versionState } = await twoVersions();
    await kms.rotateKeyOnDemand({ KeyId });
    const retire = (Version: number) => kms.retireKeyVersion({ KeyId, Version });
    await expect(retire(2)).rejects.toThrow(refusal('ERR_KEY_STATE', { reason: 'PRIMARY' }));
    await expect(retire(3)).rejects.toThrow(refusal('ERR_KEY_STATE', { reason: 'STAGED' }));
    await expect(retire(4)).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option: 'Version' }));
    const { DeletionDate } = await kms.retireKeyVersion(old);
    expect(versionState()).toEqual({ version: 1, state: 'DECRYPT_ONLY', deletionAt: DeletionDate });
    await expect(retire(1)).rejects.toThrow(
      refusal('ERR_KEY_STATE', { reason: 'PENDING_DELETION' }),
    );
  });

  it.each([6, 31, 7.5, 0])('for a waiting period of %s days: ERR_REQUEST_INVALID', async (days) => {
    const { kms, old } = await twoVersions();
    const call = kms.retireKeyVersion({ ...old, PendingWindowInDays: days });
    await expect(call).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option: 'PendingWindowInDays' }),
    );
  });

  it('for whom no policy allows it, and nothing is counted for them', async () => {
    const { kms, keyring, key, counted } = await twoVersions();
    const KeyId = await key({ Policy: policyFor({ admin: 'service/development' }) });
    await keyring.rotateKey(KeyId);
    const call = () => kms.retireKeyVersion({ KeyId, Version: 1 });
    expect(await outcome(keyring.as('user/mallory', call))).toBe('ERR_ACCESS_DENIED');
    expect(counted.asked).toEqual([]);
  });
});
