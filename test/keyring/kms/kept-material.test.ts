import { randomBytes } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { KEY_STATE_TABLE, KEY_STATES } from '../../../packages/core/src/keys/key-states.ts';
import { instrumentedStore } from '../instrumented-store.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { importInto } from './import-as-aws.ts';
import { keyService, outcome, text } from './key-service.ts';

closeKeyringsAfterEach();

const MINUTE_MS = 60_000;
const MAC = { Message: text('message'), MacAlgorithm: 'HMAC_SHA_256' } as const;

/** A service that has used its keys already, so that their material is in memory. */
async function warm() {
  const store = instrumentedStore();
  const service = await keyService({ store });
  const { kms, key } = service;
  const KeyId = await key();
  const macKeyId = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const sealed = await kms.encrypt({ KeyId, Plaintext: text('x') });
  const { Mac } = await kms.generateMac({ KeyId: macKeyId, ...MAC });
  const calls = {
    Encrypt: () => kms.encrypt({ KeyId, Plaintext: text('y') }),
    Decrypt: () => kms.decrypt({ CiphertextBlob: sealed.CiphertextBlob }),
    GenerateDataKey: () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
    ReEncryptFrom: () =>
      kms.reEncrypt({ CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: KeyId }),
    GenerateMac: () => kms.generateMac({ KeyId: macKeyId, ...MAC }),
    VerifyMac: () => kms.verifyMac({ KeyId: macKeyId, ...MAC, Mac }),
  } as const;
  for (const call of Object.values(calls)) await call();
  return { ...service, store, KeyId, macKeyId, calls };
}
type Operation = keyof Awaited<ReturnType<typeof warm>>['calls'];
const OPERATIONS: readonly Operation[] = [
  'Encrypt',
  'Decrypt',
  'GenerateDataKey',
  'ReEncryptFrom',
  'GenerateMac',
  'VerifyMac',
];

describe('material that is in memory', () => {
  it.each(KEY_STATES)('is used by nobody whose key has become %s', async (state) => {
    const { keyring, insider, KeyId, macKeyId, calls } = await warm();
    const hand = await insider();
    for (const keyId of [KeyId, macKeyId]) await hand.setKeyState(keyId, state);
    await keyring.runDue();
    for (const operation of OPERATIONS) {
      expect(await outcome(calls[operation]())).toBe(KEY_STATE_TABLE[operation][state]);
    }
  });

  it.each(['revokeKeyVersion', 'setMinDecryptVersion'] as const)(
    'opens nothing after %s of another process',
    async (operation) => {
      const { keyring, another, KeyId, calls } = await warm();
      const other = await another();
      await other.rotateKey(KeyId);
      await keyring.runDue();
      expect(await outcome(calls.Decrypt())).toBe('ok');
      const Version = operation === 'revokeKeyVersion' ? 1 : 2;
      await other.kms[operation]({ KeyId, Version });
      await keyring.runDue();
      expect(await outcome(calls.Decrypt())).toBe('ERR_KEY_VERSION_REVOKED');
      expect(await outcome(calls.ReEncryptFrom())).toBe('ERR_KEY_VERSION_REVOKED');
      expect(await outcome(calls.Encrypt())).toBe('ok');
    },
  );

  it('that was imported is gone with its end, and comes back with the same bytes', async () => {
    const { kms, key } = await warm();
    const KeyId = await key({ Origin: 'EXTERNAL' });
    const material = new Uint8Array(randomBytes(32));
    await importInto(kms, KeyId, material);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
    const decrypt = () => outcome(kms.decrypt({ CiphertextBlob }));
    await kms.deleteImportedKeyMaterial({ KeyId });
    expect(await decrypt()).toBe('ERR_KEY_STATE');
    await importInto(kms, KeyId, material);
    expect(await decrypt()).toBe('ok');
  });

  it('is not used for an old row that says otherwise: what is there now is opened or refused', async () => {
    const { keyring, insider, calls } = await warm();
    const hand = await insider();
    const rows = await hand.rows('key_version');
    const wrapped = new Uint8Array(94).fill(1);
    await hand.put(...rows.map((row) => hand.altered(row, { wrapped })));
    await keyring.runDue();
    for (const operation of OPERATIONS) {
      expect(await outcome(calls[operation]())).toBe('ERR_STORE_INTEGRITY');
    }
  });

  it('opens what it sealed after a rotation, under both versions', async () => {
    const { keyring, kms, KeyId, calls } = await warm();
    await keyring.rotateKey(KeyId);
    const { CiphertextBlob, KeyMaterialId } = await kms.encrypt({ KeyId, Plaintext: text('z') });
    const [now, before] = [await kms.decrypt({ CiphertextBlob }), await calls.Decrypt()];
    expect([now.Plaintext, before.Plaintext]).toEqual([text('z'), text('x')]);
    expect(now.KeyMaterialId).toBe(KeyMaterialId);
    expect(before.KeyMaterialId).not.toBe(KeyMaterialId);
  });

  it('is of no use when the keyring is closed', async () => {
    const { keyring, calls } = await warm();
    await keyring.close();
    for (const operation of OPERATIONS) {
      expect(await outcome(calls[operation]())).toBe('ERR_KEYRING_CLOSED');
    }
  });

  it('serves for the windows of an outage and no longer', async () => {
    const { clock, store, calls } = await warm();
    const uses = async () => [await outcome(calls.Decrypt()), await outcome(calls.Encrypt())];
    store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
    clock.advance(2 * MINUTE_MS);
    expect(await uses()).toEqual(['ok', 'ok']);
    clock.advance(2 * MINUTE_MS);
    expect(await uses()).toEqual(['ok', 'ERR_STORE_UNAVAILABLE']);
    clock.advance(12 * MINUTE_MS);
    expect(await uses()).toEqual(['ERR_STORE_UNAVAILABLE', 'ERR_STORE_UNAVAILABLE']);
    store.failure = undefined;
    clock.advance(2000);
    expect(await uses()).toEqual(['ok', 'ok']);
  });
});
