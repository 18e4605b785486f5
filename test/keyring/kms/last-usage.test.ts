import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, sealText } from '../open-keyrings.ts';
import { type KeyService, keyService, outcome, refusal, START, text } from './key-service.ts';

closeKeyringsAfterEach();

const HOUR_MS = 3_600_000;
const ALIAS = 'alias/kyc';

async function lastUsage({ kms }: KeyService, KeyId: string) {
  return (await kms.getKeyLastUsage({ KeyId })).KeyLastUsage;
}

describe('the last use of a key', () => {
  it('is empty of a key that was never used, with the dates to tell that by', async () => {
    const service = await keyService();
    const { clock, key, kms } = service;
    await key();
    clock.step(HOUR_MS);
    const KeyId = await key();
    expect(await kms.getKeyLastUsage({ KeyId })).toEqual({
      KeyId,
      KeyCreationDate: new Date(START.getTime() + HOUR_MS),
      TrackingStartDate: START,
      KeyLastUsage: {},
    });
  });

  it('is the newest successful operation, also before this process has written it', async () => {
    const service = await keyService();
    const { clock, key, kms } = service;
    const KeyId = await key();
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('a') });
    clock.step(HOUR_MS);
    await kms.decrypt({ CiphertextBlob });
    const Timestamp = new Date(START.getTime() + HOUR_MS);
    expect(await lastUsage(service, KeyId)).toMatchObject({ Operation: 'Decrypt', Timestamp });
    clock.step(HOUR_MS);
    expect(
      await outcome(kms.decrypt({ CiphertextBlob, KeyId, EncryptionContext: { a: 'b' } })),
    ).toBe('ERR_CIPHERTEXT_REJECTED');
    await kms.describeKey({ KeyId });
    expect(await lastUsage(service, KeyId)).toMatchObject({ Operation: 'Decrypt', Timestamp });
  });

  it('names the entry of the audit trail', async () => {
    const service = await keyService();
    const KeyId = await service.key();
    await service.kms.encrypt({ KeyId, Plaintext: text('a') });
    const entry = (await lastUsage(service, KeyId))?.AuditEntryId ?? '';
    const [chain = '', sequence = ''] = entry.split('/');
    const page = { chain, after: BigInt(sequence) - 1n, limit: 1 };
    const [row] = await service.store.readAudit(page);
    expect(row?.columns).toMatchObject({ action: 'Encrypt', key_id: KeyId, outcome: 'Success' });
  });

  it('counts sealed fields as well', async () => {
    const service = await keyService();
    const { key, keyring, kms } = service;
    const KeyId = await key();
    await kms.createAlias({ AliasName: ALIAS, TargetKeyId: KeyId });
    await sealText(keyring, ALIAS, 'x');
    expect(await lastUsage(service, KeyId)).toMatchObject({ Operation: 'Encrypt' });
  });

  it('is of both keys when something is moved from one to the other', async () => {
    const service = await keyService();
    const { key, kms, clock } = service;
    const [from, to] = [await key(), await key()];
    const { CiphertextBlob } = await kms.encrypt({ KeyId: from, Plaintext: text('a') });
    clock.step(HOUR_MS);
    await kms.reEncrypt({ CiphertextBlob, DestinationKeyId: to });
    expect(await lastUsage(service, from)).toMatchObject({ Operation: 'ReEncrypt' });
    expect(await lastUsage(service, to)).toMatchObject({ Operation: 'ReEncrypt' });
  });

  it('takes no alias, as in AWS KMS, and no other parameter', async () => {
    const { key, kms } = await keyService();
    const TargetKeyId = await key();
    await kms.createAlias({ AliasName: ALIAS, TargetKeyId });
    const invalid = refusal('ERR_REQUEST_INVALID');
    const unknown = refusal('ERR_KEY_NOT_FOUND', { option: 'KeyId' });
    await expect(kms.getKeyLastUsage({ KeyId: ALIAS })).rejects.toEqual(unknown);
    const more = { KeyId: TargetKeyId, Limit: 1 };
    await expect(kms.getKeyLastUsage(more)).rejects.toEqual(invalid);
  });

  it('believes no entry that somebody without the store key wrote', async () => {
    const service = await keyService();
    const KeyId = await service.key();
    await service.kms.encrypt({ KeyId, Plaintext: text('a') });
    const { readLastUse } = service.store;
    service.store.readLastUse = async (use) => {
      const row = await readLastUse(use);
      return row && { ...row, columns: { ...row.columns, occurred_at: 1n } };
    };
    await expect(lastUsage(service, KeyId)).rejects.toEqual(refusal('ERR_AUDIT_BROKEN'));
  });
});
