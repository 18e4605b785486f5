import { createMemoryStore, type KeyringOptions } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { insiderOf } from '../insider.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from '../open-keyrings.ts';
import { DAY_MS, keyService, outcome, refusal, text } from './key-service.ts';
import { person, signed } from './person.ts';

closeKeyringsAfterEach();

const KYC = 'alias/kyc';

/** A key with a cell and a blob, whose waiting period is over. */
async function overdue(countCells: NonNullable<KeyringOptions['countCells']> = async () => 0n) {
  const service = await keyService({ countCells });
  const { kms, keyring, key, clock } = service;
  const KeyId = await key();
  await kms.createAlias({ AliasName: KYC, TargetKeyId: KeyId });
  const cell = await sealText(keyring, KYC, 'x');
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
  await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata.KeyState;
  clock.step(7 * DAY_MS - 1);
  return { ...service, KeyId, cell, CiphertextBlob, state };
}

describe('a waiting period', () => {
  it.each([6, 31, 7.5, 0])(
    'of %s days is malformed, whatever the state of the key',
    async (days) => {
      const { kms, key } = await keyService();
      const KeyId = await key();
      const schedule = () => kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: days });
      await expect(schedule()).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
      await kms.scheduleKeyDeletion({ KeyId });
      await expect(schedule()).rejects.toMatchObject({ code: 'ERR_REQUEST_INVALID' });
    },
  );
});

describe('a key whose waiting period is over', () => {
  it('is destroyed by runDue, not a millisecond before, and says so ever after', async () => {
    const { kms, keyring, clock, insider, KeyId, cell, CiphertextBlob, state } = await overdue();
    expect((await keyring.runDue()).deleted).toEqual([]);
    expect(await state()).toBe('PendingDeletion');
    clock.step(1);
    expect(await keyring.runDue()).toMatchObject({ deleted: [KeyId], stillInUse: [] });
    expect((await keyring.runDue()).deleted).toEqual([]);
    expect(await state()).toBe('Destroyed');
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ERR_KEY_DESTROYED');
    expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ERR_KEY_DESTROYED');
    expect((await kms.listAliases()).Aliases).toEqual([]);
    const { rows } = await insider();
    const [version] = await rows('key_version');
    expect(version?.columns).toMatchObject({ state: 'DESTROYED', wrapped: new Uint8Array(94) });
    expect(await rows('tombstone')).toHaveLength(1);
  });

  it('stays destroyed when its rows come back from a backup', async () => {
    const service = await overdue();
    const { keyring, clock, store, root, options, KeyId, cell, CiphertextBlob } = service;
    const backup = (await store.readControl())?.rows ?? [];
    clock.step(1);
    await keyring.runDue();
    const insider = await insiderOf(store, root);
    const restored = backup.filter(({ table }) => table === 'key' || table === 'key_version');
    await insider.put(...restored.map((row) => insider.altered(row, { ...row.columns })));
    const { kms, ...fresh } = await openForTest(options);
    expect((await kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Destroyed');
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ERR_KEY_DESTROYED');
    expect(await outcome(kms.cancelKeyDeletion({ KeyId }))).toBe('ERR_KEY_DESTROYED');
    expect(fresh.environment).toBe('test');
    const again = await openForTest(options);
    expect(await outcome(lease(again, { open: [cell.id] }))).toBe('ERR_KEY_DESTROYED');
    // and the material that came back is wiped again
    expect((await again.runDue()).deleted).toEqual([KeyId]);
    const [version] = await insider.rows('key_version');
    expect(version?.columns.state).toBe('DESTROYED');
  });

  it('is destroyed again when a backup has it enabled, whatever is counted, and rotates no more', async () => {
    let count = 0n;
    const service = await overdue(async () => count);
    const { keyring, clock, store, kms, key, insider, another, KeyId } = service;
    const other = await key();
    await kms.cancelKeyDeletion({ KeyId });
    await kms.enableKey({ KeyId });
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const backup = (await store.readControl())?.rows ?? [];
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    clock.step(7 * DAY_MS);
    expect((await keyring.runDue()).deleted).toEqual([KeyId]);
    const inside = await insider();
    const rows = backup.filter(
      ({ table, columns }) =>
        table === 'key' || (table === 'key_version' && columns.key_id === KeyId),
    );
    await inside.put(...rows.map((row) => inside.altered(row, { ...row.columns })));
    count = 1n;
    clock.step(90 * DAY_MS);
    const fresh = await another();
    expect(await fresh.runDue()).toMatchObject({ staged: [], deleted: [KeyId], stillInUse: [] });
    expect(await fresh.runDue()).toMatchObject({ staged: [], deleted: [] });
    const versions = await inside.rows('key_version');
    const mine = versions.filter(({ columns }) => columns.key_id === KeyId);
    expect(mine.map(({ columns }) => [columns.state, columns.wrapped])).toEqual([
      ['DESTROYED', new Uint8Array(94)],
    ]);
    expect((await fresh.kms.describeKey({ KeyId: other })).KeyMetadata.KeyState).toBe('Enabled');
  });

  it('is destroyed also when another one cannot be counted, which stays', async () => {
    const failing = new Set<string>();
    const { kms, keyring, clock, key, KeyId, state } = await overdue(async (keyId) => {
      if (failing.has(keyId)) throw new RangeError('database is away');
      return 0n;
    });
    const first = await key();
    await kms.scheduleKeyDeletion({ KeyId: first, PendingWindowInDays: 7 });
    failing.add(KeyId);
    clock.step(7 * DAY_MS);
    await expect(keyring.runDue()).rejects.toThrow('database is away');
    expect(await state()).toBe('PendingDeletion');
    expect((await kms.describeKey({ KeyId: first })).KeyMetadata.KeyState).toBe('Destroyed');
  });

  it('is not destroyed when the deletion was cancelled', async () => {
    const { kms, keyring, clock, KeyId, cell, state } = await overdue();
    await kms.cancelKeyDeletion({ KeyId });
    clock.step(30 * DAY_MS);
    expect((await keyring.runDue()).deleted).toEqual([]);
    expect(await state()).toBe('Disabled');
    await kms.enableKey({ KeyId });
    expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ok');
  });

  it('is destroyed once by two processes that run at the same moment', async () => {
    const { keyring, another, clock, KeyId } = await overdue();
    const other = await another();
    clock.step(1);
    const reports = await Promise.all([keyring.runDue(), other.runDue()]);
    expect(reports.flatMap(({ deleted }) => deleted)).toEqual([KeyId]);
  });
});

describe('a key with cells under it', () => {
  it.each([1n, undefined])(
    'of which %s are counted is not deleted: ERR_KEY_IN_USE',
    async (count) => {
      const asked: string[] = [];
      const countCells = async (keyId: string) => {
        asked.push(keyId);
        return count;
      };
      const { kms, key } = await keyService({ countCells });
      const KeyId = await key();
      await expect(kms.scheduleKeyDeletion({ KeyId })).rejects.toThrow(
        refusal('ERR_KEY_IN_USE', { keyId: KeyId }),
      );
      expect(asked).toEqual([KeyId]);
      expect((await kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Enabled');
    },
  );

  it('when its time is over is kept and reported', async () => {
    let count: bigint = 0n;
    const { keyring, clock, KeyId, state } = await overdue(async () => count);
    count = 5n;
    clock.step(1);
    expect(await keyring.runDue()).toMatchObject({ deleted: [], stillInUse: [KeyId] });
    expect(await state()).toBe('PendingDeletion');
    count = 0n;
    expect(await keyring.runDue()).toMatchObject({ deleted: [KeyId], stillInUse: [] });
  });

  it('are not ended by a process that cannot count them: it is left to others', async () => {
    const { keyring, store, options, clock, KeyId, state, key, kms } = await overdue();
    const unsealed = await key();
    await kms.scheduleKeyDeletion({ KeyId: unsealed, PendingWindowInDays: 7 });
    const { countCells: _, ...blind } = options;
    const other = await openForTest({ ...blind, store });
    clock.step(8 * DAY_MS);
    // nothing was ever sealed under the other key, so there is nothing to count
    const report = await other.runDue();
    expect(report).toMatchObject({ deleted: [unsealed], stillInUse: [KeyId] });
    expect(await state()).toBe('PendingDeletion');
    expect(await keyring.runDue()).toMatchObject({ deleted: [KeyId], stillInUse: [] });
  });

  it('are counted when the deletion is proposed, and again when it is approved', async () => {
    const carol = person();
    let count = 1n;
    const access = { approvers: { 'user/carol': carol.publicKey } };
    const { kms, key } = await keyService({ countCells: async () => count, access });
    const KeyId = await key();
    const Request = { KeyId, PendingWindowInDays: 7 };
    const propose = () => kms.proposeChange({ Operation: 'ScheduleKeyDeletion', Request });
    await expect(propose()).rejects.toThrow(refusal('ERR_KEY_IN_USE', { keyId: KeyId }));
    count = 0n;
    const { ProposalId, Statement } = await propose();
    const Signature = signed(carol, Statement);
    const approve = () => kms.approveChange({ ProposalId, Approver: 'user/carol', Signature });
    const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata.KeyState;
    count = 1n;
    await expect(approve()).rejects.toThrow(refusal('ERR_KEY_IN_USE', { keyId: KeyId }));
    expect(await state()).toBe('Enabled');
    count = 0n;
    await approve();
    expect(await state()).toBe('PendingDeletion');
  });

  it('are counted for whom it is allowed to, and not for others', async () => {
    const counted: string[] = [];
    const service = await keyService({
      countCells: async (keyId) => {
        counted.push(keyId);
        return 0n;
      },
    });
    const { policyFor } = await import('./policy-documents.ts');
    const KeyId = await service.key({ Policy: policyFor({ admin: 'service/development' }) });
    const call = () => service.kms.scheduleKeyDeletion({ KeyId });
    expect(await outcome(service.keyring.as('user/mallory', call))).toBe('ERR_ACCESS_DENIED');
    expect(counted).toEqual([]);
  });

  it('a counter that fails keeps the key', async () => {
    const countCells = () => Promise.reject(new RangeError('database is away'));
    const { kms, key } = await keyService({ countCells });
    const KeyId = await key();
    expect(await outcome(kms.scheduleKeyDeletion({ KeyId }))).not.toBe('ok');
    expect((await kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Enabled');
  });
});

describe('countCells', () => {
  it('has to be a function: ERR_CONFIG_INVALID', async () => {
    const call = keyService({ countCells: 1 as never, store: createMemoryStore() });
    await expect(call).rejects.toThrow(refusal('ERR_CONFIG_INVALID', { option: 'countCells' }));
  });
});

it('counts for a key as it is now, also one that another process has just made', async () => {
  const { kms, another } = await keyService();
  const counted: string[] = [];
  const other = await another({
    countCells: async (keyId) => {
      counted.push(keyId);
      return 0n;
    },
  });
  const { KeyMetadata } = await kms.createKey();
  const { KeyId } = KeyMetadata;
  expect(await other.kms.scheduleKeyDeletion({ KeyId })).toMatchObject({ KeyId });
  // and not for one that is to end already
  const { KeyMetadata: second } = await kms.createKey();
  await kms.scheduleKeyDeletion({ KeyId: second.KeyId });
  expect(await outcome(other.kms.scheduleKeyDeletion({ KeyId: second.KeyId }))).toBe(
    'ERR_KEY_STATE',
  );
  expect(counted).toEqual([KeyId]);
});
