import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { importInto, prepareImport } from './import-as-aws.ts';
import { DAY_MS, keyService, outcome, START, text } from './key-service.ts';

closeKeyringsAfterEach();

const FOREVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;
const NEW = { ImportType: 'NEW_KEY_MATERIAL' } as const;
const material = () => new Uint8Array(randomBytes(32));

async function imported() {
  const service = await keyService();
  const { kms } = service;
  const KeyId = await service.key({ Origin: 'EXTERNAL' });
  const first = material();
  const firstId = await importInto(kms, KeyId, first);
  const importing = async (bytes: Uint8Array, more: object = {}) => {
    const prepared = await prepareImport(kms, KeyId, bytes);
    return kms.importKeyMaterial({ KeyId, ...prepared, ...FOREVER, ...more });
  };
  const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata;
  const materials = async () => {
    const request = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    const { Rotations } = await kms.listKeyRotations(request);
    return Rotations.map((each) => [each.KeyMaterialId, each.KeyMaterialState, each.ImportState]);
  };
  return { ...service, KeyId, first, firstId, importing, state, materials };
}

it('waits for rotateKeyOnDemand, takes over after it, and old blobs open on', async () => {
  const { kms, keyring, clock, KeyId, firstId, importing, state, materials } = await imported();
  expect(await outcome(kms.rotateKeyOnDemand({ KeyId }))).toBe('ERR_KEY_STATE');
  const old = await kms.encrypt({ KeyId, Plaintext: text('x') });
  const { KeyMaterialId } = await importing(material(), NEW);
  clock.step(400 * DAY_MS);
  await keyring.runDue();
  expect(await state()).toMatchObject({ KeyState: 'Enabled', CurrentKeyMaterialId: firstId });
  expect((await kms.listKeyRotations({ KeyId })).Rotations).toEqual([]);
  expect(await materials()).toEqual([
    [firstId, 'CURRENT', 'IMPORTED'],
    [KeyMaterialId, 'PENDING_ROTATION', 'IMPORTED'],
  ]);
  expect(await outcome(importing(material(), NEW))).toBe('ERR_KEY_STATE');
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  expect((await keyring.runDue()).activated).toEqual([KeyId]);
  expect(await materials()).toEqual([
    [firstId, 'NON_CURRENT', 'IMPORTED'],
    [KeyMaterialId, 'CURRENT', 'IMPORTED'],
  ]);
  expect((await kms.encrypt({ KeyId, Plaintext: text('x') })).KeyMaterialId).toBe(KeyMaterialId);
  expect((await kms.decrypt({ CiphertextBlob: old.CiphertextBlob })).KeyMaterialId).toBe(firstId);
  expect(await outcome(kms.rotateKeyOnDemand({ KeyId }))).toBe('ERR_KEY_STATE');
});

it('makes the key wait for every material that is missing', async () => {
  const { kms, keyring, clock, KeyId, first, firstId, importing, state } = await imported();
  const second = material();
  const { KeyMaterialId } = await importing(second, NEW);
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  await keyring.runDue();
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: firstId });
  expect((await state()).KeyState).toBe('PendingImport');
  expect(await kms.deleteImportedKeyMaterial({ KeyId })).toEqual({ KeyId, KeyMaterialId });
  await importing(second, { KeyMaterialId });
  expect((await state()).KeyState).toBe('PendingImport');
  const wrong = importing(first, { KeyMaterialId });
  expect(await outcome(wrong)).toBe('ERR_KEY_MATERIAL_INCORRECT');
  await importing(first);
  expect(await state()).toMatchObject({ KeyState: 'Enabled', CurrentKeyMaterialId: KeyMaterialId });
});

it('can be taken back before it is used, and the key does not notice', async () => {
  const { kms, KeyId, firstId, importing, state, materials } = await imported();
  const second = material();
  const { KeyMaterialId } = await importing(second, NEW);
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId });
  expect((await state()).KeyState).toBe('Enabled');
  expect(await materials()).toEqual([[firstId, 'CURRENT', 'IMPORTED']]);
  expect((await importing(second, NEW)).KeyMaterialId).toBe(KeyMaterialId);
});

it('is new only when the key never had it', async () => {
  const { first, importing } = await imported();
  expect(await outcome(importing(first, NEW))).toBe('ERR_KEY_MATERIAL_INCORRECT');
  expect(await outcome(importing(material()))).toBe('ERR_KEY_MATERIAL_INCORRECT');
});

const until = (days: number) => ({
  ExpirationModel: 'KEY_MATERIAL_EXPIRES',
  ValidTo: new Date(START.getTime() + days * DAY_MS),
});

it.each(['imported', 'announced'])('ends by itself while it is only %s', async (how) => {
  const { kms, keyring, clock, KeyId, importing, state, materials, firstId } = await imported();
  const second = material();
  const { KeyMaterialId } = await importing(second, { ...NEW, ...until(1) });
  expect(await state()).toMatchObject({ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' });
  clock.step(DAY_MS - 1);
  if (how === 'announced') await kms.rotateKeyOnDemand({ KeyId });
  clock.step(1);
  const works = async () => {
    expect(await materials()).toEqual([[firstId, 'CURRENT', 'IMPORTED']]);
    expect((await state()).KeyState).toBe('Enabled');
    expect(await outcome(kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ok');
  };
  await works();
  clock.step(DAY_MS);
  expect(await keyring.runDue()).toMatchObject({ expired: [KeyId], activated: [] });
  expect((await keyring.runDue()).expired).toEqual([]);
  await works();
  expect((await importing(second, NEW)).KeyMaterialId).toBe(KeyMaterialId);
  clock.step(DAY_MS);
  expect((await keyring.runDue()).activated).toEqual([]);
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  expect((await keyring.runDue()).activated).toEqual([KeyId]);
});

it('ends by itself when it is not current any more, and the key waits for it alone', async () => {
  const { kms, keyring, clock, KeyId, importing, state, materials, first, firstId } =
    await imported();
  await importing(first, until(10));
  const { KeyMaterialId } = await importing(material(), NEW);
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  await keyring.runDue();
  expect(await state()).toMatchObject({ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' });
  clock.step(10 * DAY_MS);
  for (const due of [[KeyId], []]) {
    expect((await state()).KeyState).toBe('PendingImport');
    expect(await materials()).toEqual([
      [firstId, 'NON_CURRENT', 'PENDING_IMPORT'],
      [KeyMaterialId, 'CURRENT', 'IMPORTED'],
    ]);
    expect(await outcome(kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ERR_KEY_STATE');
    expect((await keyring.runDue()).expired).toEqual(due);
  }
  await importing(first);
  expect((await state()).KeyState).toBe('Enabled');
});

it('can take over while the material before it has expired', async () => {
  const { kms, keyring, clock, KeyId, importing, state, first, firstId } = await imported();
  await importing(first, until(10));
  const { KeyMaterialId } = await importing(material(), NEW);
  clock.step(10 * DAY_MS - 1);
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  await keyring.runDue();
  expect((await state()).KeyState).toBe('PendingImport');
  expect((await importing(first)).KeyMaterialId).toBe(firstId);
  expect(await state()).toMatchObject({ KeyState: 'Enabled', CurrentKeyMaterialId: KeyMaterialId });
});

it('can be taken back after it was announced, and imported again or replaced', async () => {
  const { kms, keyring, clock, KeyId, firstId, importing, state, materials } = await imported();
  const { KeyMaterialId } = await importing(material(), NEW);
  await kms.rotateKeyOnDemand({ KeyId });
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId });
  expect((await state()).KeyState).toBe('Enabled');
  clock.step(60_000);
  expect((await keyring.runDue()).activated).toEqual([]);
  expect(await materials()).toEqual([[firstId, 'CURRENT', 'IMPORTED']]);
  const third = (await importing(material(), NEW)).KeyMaterialId;
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  expect((await keyring.runDue()).activated).toEqual([KeyId]);
  expect((await state()).CurrentKeyMaterialId).toBe(third);
});

it('is not current when it was revoked before it took over, also while the current one is missing', async () => {
  const { kms, KeyId, firstId, importing, state, materials } = await imported();
  const { KeyMaterialId } = await importing(material(), NEW);
  await kms.rotateKeyOnDemand({ KeyId });
  await kms.revokeKeyVersion({ KeyId, Version: 2 });
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: firstId });
  expect((await state()).KeyState).toBe('PendingImport');
  expect(await materials()).toEqual([
    [firstId, 'CURRENT', 'PENDING_IMPORT'],
    [KeyMaterialId, 'NON_CURRENT', 'IMPORTED'],
  ]);
});

it('stays revoked when its bytes come again', async () => {
  const { kms, keyring, clock, KeyId, first, firstId, importing } = await imported();
  await importing(material(), NEW);
  await kms.rotateKeyOnDemand({ KeyId });
  clock.step(60_000);
  await keyring.runDue();
  await kms.revokeKeyVersion({ KeyId, Version: 1 });
  await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId: firstId });
  expect(await outcome(importing(first))).toBe('ERR_KEY_VERSION_REVOKED');
});
