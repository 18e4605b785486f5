import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { importInto, prepareImport, wrapMaterial } from './import-as-aws.ts';
import { DAY_MS, keyService, outcome, refusal, START, text } from './key-service.ts';

closeKeyringsAfterEach();

const FOREVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const material = () => new Uint8Array(randomBytes(32));

async function external() {
  const service = await keyService();
  const KeyId = await service.key({ Origin: 'EXTERNAL' });
  const state = async () => (await service.kms.describeKey({ KeyId })).KeyMetadata;
  return { ...service, KeyId, state };
}

describe('importKeyMaterial', () => {
  it.each(['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'] as const)(
    'takes material that was wrapped by %s, and the key is enabled',
    async (algorithm) => {
      const { kms, KeyId, state } = await external();
      const prepared = await prepareImport(kms, KeyId, material(), algorithm);
      const imported = await kms.importKeyMaterial({ KeyId, ...prepared, ...FOREVER });
      expect(imported).toEqual({ KeyId, KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(await state()).toMatchObject({
        KeyState: 'Enabled',
        Origin: 'EXTERNAL',
        ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
        CurrentKeyMaterialId: imported.KeyMaterialId,
      });
      const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
      expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ok');
    },
  );

  it.each([
    ['RSA_3072', 384],
    ['RSA_4096', 512],
  ] as const)('gives a public key of %s and says how long it is valid', async (spec, bytes) => {
    const { kms, KeyId } = await external();
    const parameters = await kms.getParametersForImport({
      KeyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: spec,
    });
    expect(parameters).toEqual({
      KeyId,
      ImportToken: expect.any(Uint8Array),
      PublicKey: expect.any(Uint8Array),
      ParametersValidTo: new Date(START.getTime() + DAY_MS),
    });
    const wrapped = wrapMaterial('RSAES_OAEP_SHA_256', parameters.PublicKey, material());
    expect(wrapped).toHaveLength(bytes);
    const { ImportToken } = parameters;
    const request = { KeyId, ImportToken, EncryptedKeyMaterial: wrapped, ...FOREVER };
    expect(await outcome(kms.importKeyMaterial(request))).toBe('ok');
  });

  it('is finished by another process of the environment', async () => {
    const { kms, KeyId, another } = await external();
    const prepared = await prepareImport(kms, KeyId, material());
    const other = await another();
    await other.kms.importKeyMaterial({ KeyId, ...prepared, ...FOREVER });
    expect(await outcome(other.kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ok');
  });

  it('takes 32 bytes and nothing else, and only what unwraps', async () => {
    const { kms, KeyId } = await external();
    for (const length of [16, 31, 33]) {
      const prepared = await prepareImport(kms, KeyId, new Uint8Array(randomBytes(length)));
      const call = kms.importKeyMaterial({ KeyId, ...prepared, ...FOREVER });
      expect(await outcome(call)).toBe('ERR_KEY_MATERIAL_INCORRECT');
    }
    const { ImportToken } = await prepareImport(kms, KeyId, material());
    const other = (await prepareImport(kms, KeyId, material())).EncryptedKeyMaterial;
    for (const EncryptedKeyMaterial of [other, new Uint8Array(256), new Uint8Array(1)]) {
      const call = kms.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ...FOREVER });
      await expect(call).rejects.toThrow(refusal('ERR_CIPHERTEXT_REJECTED', { keyId: KeyId }));
    }
  });

  it('is for EXTERNAL keys: ERR_OPERATION_UNSUPPORTED', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    expect(await outcome(prepareImport(kms, KeyId, material()))).toBe('ERR_OPERATION_UNSUPPORTED');
    const bytes = new Uint8Array(9);
    const request = { KeyId, ImportToken: bytes, EncryptedKeyMaterial: bytes, ...FOREVER };
    expect(await outcome(kms.importKeyMaterial(request))).toBe('ERR_OPERATION_UNSUPPORTED');
    const forget = kms.deleteImportedKeyMaterial({ KeyId });
    expect(await outcome(forget)).toBe('ERR_OPERATION_UNSUPPORTED');
  });
});

describe('an import token', () => {
  it('of another key, altered anywhere or cut is ERR_IMPORT_TOKEN_INVALID', async () => {
    const { kms, key, KeyId } = await external();
    const { ImportToken, EncryptedKeyMaterial } = await prepareImport(kms, KeyId, material());
    const attempt = (token: Uint8Array, keyId = KeyId) =>
      outcome(
        kms.importKeyMaterial({
          KeyId: keyId,
          ImportToken: token,
          EncryptedKeyMaterial,
          ...FOREVER,
        }),
      );
    const other = await key({ Origin: 'EXTERNAL' });
    expect(await attempt(ImportToken, other)).toBe('ERR_IMPORT_TOKEN_INVALID');
    for (let i = 0; i < ImportToken.length; i += i < 160 ? 1 : 97) {
      const altered = new Uint8Array(ImportToken);
      altered[i] = (altered[i] as number) ^ 1;
      expect([i, await attempt(altered)]).toEqual([i, 'ERR_IMPORT_TOKEN_INVALID']);
    }
    for (const token of [ImportToken.subarray(0, -1), ImportToken.subarray(0, 100), text('t')]) {
      expect(await attempt(token)).toBe('ERR_IMPORT_TOKEN_INVALID');
    }
    expect(await attempt(ImportToken)).toBe('ok');
  });

  it('is valid for 24 hours', async () => {
    const { kms, KeyId, clock } = await external();
    const prepared = await prepareImport(kms, KeyId, material());
    const call = () => outcome(kms.importKeyMaterial({ KeyId, ...prepared, ...FOREVER }));
    clock.step(DAY_MS);
    expect(await call()).toBe('ERR_IMPORT_TOKEN_EXPIRED');
    clock.step(-1);
    expect(await call()).toBe('ok');
  });

  it('means nothing in another environment', async () => {
    const { kms, KeyId } = await external();
    const prepared = await prepareImport(kms, KeyId, material());
    const other = await external();
    const call = other.kms.importKeyMaterial({ KeyId: other.KeyId, ...prepared, ...FOREVER });
    expect(await outcome(call)).toBe('ERR_IMPORT_TOKEN_INVALID');
  });

  it('holds the private key, but not to be read', async () => {
    const { kms, KeyId } = await external();
    const { ImportToken } = await prepareImport(kms, KeyId, material());
    // the object identifier of RSA, as in every PKCS #8 file
    const rsa = Buffer.from('2a864886f70d010101', 'hex');
    expect(Buffer.from(ImportToken).includes(rsa)).toBe(false);
  });
});

describe('imported material', () => {
  it('ends when its time is over, takes its values along, and comes back when it is imported again', async () => {
    const { kms, keyring, KeyId, clock, state } = await external();
    const bytes = material();
    const ValidTo = new Date(START.getTime() + 10 * DAY_MS);
    const prepared = await prepareImport(kms, KeyId, bytes);
    await kms.importKeyMaterial({ KeyId, ...prepared, ValidTo });
    expect(await state()).toMatchObject({ ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo });
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: KeyId });
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
    const cell = await sealText(keyring, 'alias/kyc', 'x');
    clock.step(10 * DAY_MS - 1);
    expect((await keyring.runDue()).expired).toEqual([]);
    expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ok');
    clock.step(1);
    // from the moment itself, whenever maintenance runs
    for (const due of [[KeyId], []]) {
      expect(await state()).toMatchObject({ KeyState: 'PendingImport', Enabled: false });
      expect((await state()).ValidTo).toBeUndefined();
      expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ERR_KEY_STATE');
      expect(await outcome(kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ERR_KEY_STATE');
      expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ERR_KEY_STATE');
      expect(await outcome(sealText(keyring, 'alias/kyc', 'x'))).toBe('ERR_KEY_STATE');
      expect((await keyring.runDue()).expired).toEqual(due);
    }
    await importInto(kms, KeyId, bytes);
    expect(await outcome(kms.decrypt({ CiphertextBlob }))).toBe('ok');
    expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ok');
    expect((await keyring.runDue()).expired).toEqual([]);
  });

  it('is wiped by deleteImportedKeyMaterial: its wrap is gone from the store', async () => {
    const { kms, KeyId, state, insider } = await external();
    const bytes = material();
    const KeyMaterialId = await importInto(kms, KeyId, bytes);
    const wiped = { KeyId, KeyMaterialId };
    expect(await kms.deleteImportedKeyMaterial({ KeyId })).toEqual(wiped);
    expect(await kms.deleteImportedKeyMaterial({ KeyId })).toEqual(wiped);
    expect((await state()).KeyState).toBe('PendingImport');
    const [version] = await (await insider()).rows('key_version');
    expect(version?.columns).toMatchObject({ state: 'DESTROYED', wrapped: new Uint8Array(94) });
    expect(await importInto(kms, KeyId, bytes)).toBe(KeyMaterialId);
    expect((await state()).KeyState).toBe('Enabled');
  });

  it('is always the same: other material is ERR_KEY_MATERIAL_INCORRECT', async () => {
    const { kms, KeyId, state } = await external();
    const bytes = material();
    await importInto(kms, KeyId, bytes);
    const other = () => outcome(importInto(kms, KeyId, material()));
    expect(await other()).toBe('ERR_KEY_MATERIAL_INCORRECT');
    expect((await state()).KeyState).toBe('Enabled');
    await kms.deleteImportedKeyMaterial({ KeyId });
    expect(await other()).toBe('ERR_KEY_MATERIAL_INCORRECT');
    expect((await state()).KeyState).toBe('PendingImport');
  });

  it('gets another end when it is imported again, and a disabled key stays disabled', async () => {
    const { kms, KeyId, state } = await external();
    const bytes = material();
    await importInto(kms, KeyId, bytes);
    await kms.disableKey({ KeyId });
    const ValidTo = new Date(START.getTime() + 5 * DAY_MS);
    await kms.importKeyMaterial({ KeyId, ...(await prepareImport(kms, KeyId, bytes)), ValidTo });
    expect(await state()).toMatchObject({ KeyState: 'Disabled', ValidTo });
  });

  it('can be wiped while the key waits for its deletion, and the key goes on waiting', async () => {
    const { kms, KeyId, state } = await external();
    await importInto(kms, KeyId, material());
    await kms.scheduleKeyDeletion({ KeyId });
    await kms.deleteImportedKeyMaterial({ KeyId });
    expect((await state()).KeyState).toBe('PendingDeletion');
    await kms.cancelKeyDeletion({ KeyId });
    expect((await state()).KeyState).toBe('PendingImport');
  });
});
