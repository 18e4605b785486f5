import type { CreateKeyRequest } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease } from '../open-keyrings.ts';
import { type KeyKind, OPERATION_CALLS, type OperationCase } from './key-operations.ts';
import { keyService, outcome, refusal, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';
import { unnamedService } from './unnamed-service.ts';

closeKeyringsAfterEach();

const UNKNOWN = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
const NONE = new Uint8Array(1);

const REQUESTS: Readonly<Record<KeyKind, CreateKeyRequest>> = {
  symmetric: {},
  hmac: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  imported: { Origin: 'EXTERNAL' },
};

/** A key whose policy lets one principal do everything and nobody else anything. */
async function closedKey(kind: KeyKind) {
  const service = await keyService();
  const { kms, key } = service;
  const keyId = await key(REQUESTS[kind]);
  const otherId = await key();
  await kms.createAlias({ AliasName: 'alias/this', TargetKeyId: keyId });
  await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: otherId });
  const seal = async (KeyId: string) =>
    (await kms.encrypt({ KeyId, Plaintext: text('x') })).CiphertextBlob;
  const grant = { KeyId: keyId, GranteePrincipal: 'user/b', Operations: ['DescribeKey'] } as const;
  const on: OperationCase = {
    keyId,
    otherId,
    blob: kind === 'symmetric' ? await seal(keyId) : NONE,
    otherBlob: await seal(otherId),
    mac: NONE,
    grantId: kind === 'imported' ? UNKNOWN : (await kms.createGrant(grant)).GrantId,
    alias: 'alias/this',
    otherAlias: 'alias/other',
    importToken: NONE,
    material: NONE,
  };
  const Policy = policyFor({ admin: 'service/development' });
  await kms.putKeyPolicy({ KeyId: keyId, Policy });
  return { ...service, on };
}

/** Lists aliases of all keys, so it is a right to the service and not to a key. */
const OF_KEYS = Object.entries(OPERATION_CALLS).filter(([name]) => name !== 'ListAliases');

describe('without the right to it', () => {
  it.each(OF_KEYS)(
    '%s is ERR_ACCESS_DENIED whatever the state of the key is',
    async (_operation, { kind, call }) => {
      const { kms, keyring, on } = await closedKey(kind);
      const KeyId = on.keyId;
      const asked = () => outcome(keyring.as('user/mallory', () => call(kms, on)));
      const answers = [await asked()];
      // a key without material cannot be disabled
      await kms.disableKey({ KeyId }).catch(() => {});
      answers.push(await asked());
      await kms.scheduleKeyDeletion({ KeyId });
      answers.push(await asked());
      expect(answers).toEqual(Array(3).fill('ERR_ACCESS_DENIED'));
    },
  );

  it('the error names operation and key, and no state', async () => {
    const { kms, key, keyring } = await keyService();
    const keyId = await key({ Policy: policyFor({ admin: 'service/development' }) });
    await kms.disableKey({ KeyId: keyId });
    const call = keyring.as('user/mallory', () =>
      kms.encrypt({ KeyId: keyId, Plaintext: text('x') }),
    );
    await expect(call).rejects.toMatchObject({
      code: 'ERR_ACCESS_DENIED',
      meta: { operation: 'Encrypt', keyId },
    });
  });
});

describe('a request that is malformed', () => {
  it('is so before anybody is asked who it is from', async () => {
    const { kms } = await unnamedService();
    const call = kms.encrypt({ KeyId: UNKNOWN, Plaintext: new Uint8Array(0) });
    await expect(call).rejects.toThrow(refusal('ERR_REQUEST_INVALID'));
  });
});

describe('without a principal', () => {
  it.each(Object.entries(OPERATION_CALLS))(
    '%s is ERR_PRINCIPAL_REQUIRED, also for a key that is not there',
    async (_operation, { call }) => {
      const { kms } = await unnamedService();
      const on = { keyId: UNKNOWN, otherId: UNKNOWN, grantId: UNKNOWN };
      const blob = new Uint8Array(70).fill(1);
      const aliases = { alias: 'alias/none', otherAlias: 'alias/none' };
      const bytes = { blob, otherBlob: blob, mac: blob, importToken: blob, material: blob };
      expect(await outcome(call(kms, { ...on, ...aliases, ...bytes }))).toBe(
        'ERR_PRINCIPAL_REQUIRED',
      );
    },
  );

  it('nothing of the service as a whole is done', async () => {
    const { kms } = await unnamedService();
    const calls = [
      kms.createKey(),
      kms.listKeys(),
      kms.listAliases(),
      kms.generateRandom({ NumberOfBytes: 1 }),
    ];
    for (const call of calls) expect(await outcome(call)).toBe('ERR_PRINCIPAL_REQUIRED');
  });

  it('no field is sealed, and no key of the service is made for it', async () => {
    const { keyring, store } = await unnamedService();
    const before = await store.readEpoch();
    const request = { seal: [{ alias: 'alias/fieldseal/prisma', scope: {} }] };
    expect(await outcome(lease(keyring, request))).toBe('ERR_PRINCIPAL_REQUIRED');
    expect(await store.readEpoch()).toBe(before);
    const held = await keyring.as('service/api', () => lease(keyring, request));
    held.release();
  });
});
