import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { DAY_MS, keyService, outcome, refusal, START } from './key-service.ts';

closeKeyringsAfterEach();

const UNKNOWN = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('createKey', () => {
  it('gives the metadata of AWS: a symmetric key of the customer by default', async () => {
    const { kms } = await keyService();
    const { KeyMetadata } = await kms.createKey();
    expect(KeyMetadata).toEqual({
      KeyId: expect.stringMatching(UUID),
      CreationDate: START,
      Enabled: true,
      Description: '',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      KeySpec: 'SYMMETRIC_DEFAULT',
      Origin: 'FIELDSEAL',
      KeyManager: 'CUSTOMER',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await kms.describeKey({ KeyId: KeyMetadata.KeyId })).toEqual({ KeyMetadata });
  });

  it.each([
    ['HMAC_256', 'HMAC_SHA_256'],
    ['HMAC_384', 'HMAC_SHA_384'],
    ['HMAC_512', 'HMAC_SHA_512'],
  ] as const)('makes a key for codes of %s', async (KeySpec, algorithm) => {
    const { kms } = await keyService();
    const request = { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
    const { KeyMetadata } = await kms.createKey(request);
    expect(KeyMetadata).toMatchObject({ ...request, MacAlgorithms: [algorithm] });
    expect(KeyMetadata.EncryptionAlgorithms).toBeUndefined();
  });

  it('makes a key without material for EXTERNAL', async () => {
    const { kms } = await keyService();
    const { KeyMetadata } = await kms.createKey({ Origin: 'EXTERNAL' });
    expect(KeyMetadata).toMatchObject({ Origin: 'EXTERNAL', KeyState: 'PendingImport' });
    expect(KeyMetadata).toMatchObject({ Enabled: false });
    expect(KeyMetadata.CurrentKeyMaterialId).toBeUndefined();
    expect(KeyMetadata.ExpirationModel).toBeUndefined();
  });

  it('keeps description, tags and policy of the request', async () => {
    const { kms, key } = await keyService();
    const { Policy } = await kms.getKeyPolicy({ KeyId: await key() });
    const Tags = [{ TagKey: 'team', TagValue: 'kyc' }];
    const keyId = await key({ Description: 'Identity documents', Tags, Policy });
    const { KeyMetadata } = await kms.describeKey({ KeyId: keyId });
    expect(KeyMetadata.Description).toBe('Identity documents');
    expect((await kms.listResourceTags({ KeyId: keyId })).Tags).toEqual(Tags);
    expect((await kms.getKeyPolicy({ KeyId: keyId })).Policy).toBe(Policy);
  });
});

describe('describeKey', () => {
  it('takes an alias, and knows what is not there: ERR_KEY_NOT_FOUND', async () => {
    const { kms, key } = await keyService();
    const keyId = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
    const { KeyMetadata } = await kms.describeKey({ KeyId: 'alias/kyc' });
    expect(KeyMetadata.KeyId).toBe(keyId);
    for (const KeyId of [UNKNOWN, 'alias/unknown']) {
      expect(await outcome(kms.describeKey({ KeyId }))).toBe('ERR_KEY_NOT_FOUND');
    }
  });
});

describe('listKeys', () => {
  it('gives pages, oldest first; the next one goes on after the marker', async () => {
    const { kms, key, clock } = await keyService();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push(await key());
      clock.step(1);
    }
    const first = await kms.listKeys({ Limit: 2 });
    expect(first).toEqual({
      Keys: [{ KeyId: ids[0] }, { KeyId: ids[1] }],
      Truncated: true,
      NextMarker: expect.any(String),
    });
    const rest = await kms.listKeys({ Limit: 3, Marker: first.NextMarker as string });
    expect(rest).toEqual({ Keys: ids.slice(2).map((KeyId) => ({ KeyId })), Truncated: false });
  });
});

describe('scheduleKeyDeletion', () => {
  it('ends the use of a key at once, and says when it is deleted: 30 days by default', async () => {
    const { kms, key } = await keyService();
    const keyId = await key();
    expect(await kms.scheduleKeyDeletion({ KeyId: keyId })).toEqual({
      KeyId: keyId,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 30,
      DeletionDate: new Date(START.getTime() + 30 * DAY_MS),
    });
    const { KeyMetadata } = await kms.describeKey({ KeyId: keyId });
    expect(KeyMetadata.DeletionDate).toEqual(new Date(START.getTime() + 30 * DAY_MS));
  });

  it.each([7, 30])('waits %d days when it is told to', async (days) => {
    const { kms, key } = await keyService();
    const request = { KeyId: await key(), PendingWindowInDays: days };
    const { DeletionDate } = await kms.scheduleKeyDeletion(request);
    expect(DeletionDate).toEqual(new Date(START.getTime() + days * DAY_MS));
  });

  it('is cancelled to Disabled, never to Enabled', async () => {
    const { kms, key } = await keyService();
    const keyId = await key();
    await kms.scheduleKeyDeletion({ KeyId: keyId });
    expect(await kms.cancelKeyDeletion({ KeyId: keyId })).toEqual({ KeyId: keyId });
    const { KeyMetadata } = await kms.describeKey({ KeyId: keyId });
    expect(KeyMetadata.KeyState).toBe('Disabled');
    expect(KeyMetadata.DeletionDate).toBeUndefined();
  });

  it('of a key without material is cancelled to PendingImport', async () => {
    const { kms, key } = await keyService();
    const keyId = await key({ Origin: 'EXTERNAL' });
    await kms.scheduleKeyDeletion({ KeyId: keyId });
    await kms.cancelKeyDeletion({ KeyId: keyId });
    const { KeyMetadata } = await kms.describeKey({ KeyId: keyId });
    expect(KeyMetadata.KeyState).toBe('PendingImport');
  });
});

describe('a key that the service manages', () => {
  it('is looked at and listed, and neither changed, rotated nor deleted by anybody', async () => {
    const { keyring, kms } = await keyService();
    const { sealText } = await import('../open-keyrings.ts');
    await sealText(keyring, 'alias/fieldseal/prisma', 'x');
    const { KeyMetadata } = await kms.describeKey({ KeyId: 'alias/fieldseal/prisma' });
    expect(KeyMetadata).toMatchObject({ KeyManager: 'SERVICE', KeyState: 'Enabled' });
    const { KeyId } = KeyMetadata;
    expect((await kms.listKeys()).Keys).toEqual([{ KeyId }]);
    const { Policy } = await kms.getKeyPolicy({ KeyId });
    const changes = {
      disable: kms.disableKey({ KeyId }),
      describe: kms.updateKeyDescription({ KeyId, Description: 'x' }),
      tag: kms.tagResource({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
      policy: kms.putKeyPolicy({ KeyId, Policy }),
      rotation: kms.disableKeyRotation({ KeyId }),
      rotate: kms.rotateKeyOnDemand({ KeyId }),
      rotateNow: keyring.rotateKey('alias/fieldseal/prisma'),
      revoke: kms.revokeKeyVersion({ KeyId, Version: 1 }),
      deletion: kms.scheduleKeyDeletion({ KeyId }),
    };
    for (const [name, call] of Object.entries(changes)) {
      expect([name, await outcome(call)]).toEqual([name, 'ERR_OPERATION_UNSUPPORTED']);
    }
    await expect(kms.deleteAlias({ AliasName: 'alias/fieldseal/prisma' })).rejects.toThrow(
      refusal('ERR_ALIAS_INVALID'),
    );
  });
});
