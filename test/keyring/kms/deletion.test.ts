import { createMemoryStore } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { insiderOf } from '../insider.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from '../open-keyrings.ts';
import { DAY_MS, keyService, outcome, refusal, text } from './key-service.ts';

closeKeyringsAfterEach();

const KYC = 'alias/kyc';

/** A key with a cell and a blob, whose waiting period is over. */
async function overdue(countCells?: (keyId: string) => Promise<bigint | undefined>) {
  const service = await keyService(countCells === undefined ? {} : { countCells });
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
