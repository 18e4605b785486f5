import { describe, expect, it, vi } from 'vitest';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import {
  DAY_MS,
  type KeyService,
  keyService,
  outcome,
  refusal,
  START,
  text,
} from './key-service.ts';

closeKeyringsAfterEach();

const day = (days: number) => new Date(START.getTime() + days * DAY_MS);

function versions({ keyring }: Pick<KeyService, 'keyring'>, keyId: string): readonly string[] {
  const key = keyring.listKeys().find((each) => each.keyId === keyId);
  return key?.versions.map(({ version, state }) => `${version} ${state}`) ?? [];
}

/** Lets time pass without waking whoever polls, then does what is due. */
async function later(service: KeyService, days: number) {
  service.clock.step(days * DAY_MS);
  return service.keyring.runDue();
}

describe('automatic rotation', () => {
  it('is off until it is switched on: yearly, or every 90 to 2,560 days', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const off = { KeyId, KeyRotationEnabled: false };
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual(off);
    await kms.enableKeyRotation({ KeyId });
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual({
      KeyId,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 365,
      NextRotationDate: day(365),
    });
    for (const RotationPeriodInDays of [90, 2560]) {
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays });
      const status = await kms.getKeyRotationStatus({ KeyId });
      expect(status).toMatchObject({ NextRotationDate: day(RotationPeriodInDays) });
    }
    await kms.disableKeyRotation({ KeyId });
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual(off);
  });

  it('publishes a version first and lets it take over when every process can have seen it', async () => {
    const service = await keyService();
    const { kms, key, keyring, clock } = service;
    const KeyId = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: KeyId });
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    expect((await later(service, 89)).staged).toEqual([]);
    expect((await later(service, 1)).staged).toEqual([KeyId]);
    expect(versions(service, KeyId)).toEqual(['1 PRIMARY', '2 STAGED']);
    const before = await sealText(keyring, 'alias/kyc', 'x');
    clock.step(59_999);
    expect((await keyring.runDue()).activated).toEqual([]);
    clock.step(1);
    expect((await keyring.runDue()).activated).toEqual([KeyId]);
    expect(versions(service, KeyId)).toEqual(['1 DECRYPT_ONLY', '2 PRIMARY']);
    const after = await sealText(keyring, 'alias/kyc', 'y');
    expect(after.id).not.toBe(before.id);
    (await lease(keyring, { open: [before.id, after.id] })).release();
    expect((await kms.listKeyRotations({ KeyId })).Rotations).toEqual([
      expect.objectContaining({ KeyId, RotationType: 'AUTOMATIC', KeyMaterialState: 'CURRENT' }),
    ]);
  });

  it('takes over by itself, in a process that only looks at the store', async () => {
    const service = await keyService();
    const { kms, key, clock } = service;
    const KeyId = await key();
    await kms.rotateKeyOnDemand({ KeyId });
    clock.advance(60_000);
    clock.advance(5000);
    await vi.waitFor(() =>
      expect(versions(service, KeyId)).toEqual(['1 DECRYPT_ONLY', '2 PRIMARY']),
    );
  });

  it('is due by stored times: also when no process ran for years, and then once', async () => {
    const service = await keyService();
    const KeyId = await service.key();
    await service.kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    service.clock.step(1000 * DAY_MS);
    const fresh = await service.another();
    expect((await fresh.runDue()).staged).toEqual([KeyId]);
    expect((await fresh.runDue()).staged).toEqual([]);
    service.clock.step(60_000);
    expect(await fresh.runDue()).toMatchObject({ activated: [KeyId], staged: [] });
    const status = await fresh.kms.getKeyRotationStatus({ KeyId });
    expect(status.NextRotationDate).toEqual(day(1090));
  });

  it('passes a disabled key over, and catches up when it is enabled', async () => {
    const service = await keyService();
    const { kms, key } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    await kms.disableKey({ KeyId });
    expect((await later(service, 100)).staged).toEqual([]);
    await kms.enableKey({ KeyId });
    expect(versions(service, KeyId)).toEqual(['1 PRIMARY', '2 STAGED']);
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    const { Rotations } = await kms.listKeyRotations(all);
    expect(Rotations[1]).toMatchObject({ RotationType: 'AUTOMATIC' });
  });

  it('reads as off while a key waits for its deletion, and as before when that is cancelled', async () => {
    const service = await keyService();
    const { kms, key } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    await kms.scheduleKeyDeletion({ KeyId });
    const off = { KeyId, KeyRotationEnabled: false };
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual(off);
    await kms.cancelKeyDeletion({ KeyId });
    expect(await kms.getKeyRotationStatus({ KeyId })).toMatchObject({
      KeyRotationEnabled: true,
      NextRotationDate: day(90),
    });
  });

  it('reads as off when the key is destroyed', async () => {
    const service = await keyService({ countCells: async () => 0n });
    const { kms, key } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
    await later(service, 8);
    expect((await kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('Destroyed');
    expect(await kms.getKeyRotationStatus({ KeyId })).toEqual({ KeyId, KeyRotationEnabled: false });
  });

  it('rotates the keys of the service every year', async () => {
    const service = await keyService();
    await sealText(service.keyring, 'alias/fieldseal/prisma', 'x');
    const KeyId = service.keyring.listKeys()[0]?.keyId as string;
    const status = await service.kms.getKeyRotationStatus({ KeyId });
    expect(status).toMatchObject({ RotationPeriodInDays: 365, NextRotationDate: day(365) });
    expect((await later(service, 364)).staged).toEqual([]);
    expect((await later(service, 1)).staged).toEqual([KeyId]);
  });

  it('makes one version when two processes stage at the same moment', async () => {
    const service = await keyService();
    const { kms, key, keyring, clock, another } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const other = await another();
    clock.step(90 * DAY_MS);
    const reports = await Promise.all([keyring.runDue(), other.runDue(), keyring.runDue()]);
    expect(reports.flatMap(({ staged }) => staged)).toEqual([KeyId]);
    expect(versions({ keyring: await another() }, KeyId)).toEqual(['1 PRIMARY', '2 STAGED']);
  });

  it.each([
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }],
    [{ Origin: 'EXTERNAL' }],
  ] as const)('is not for keys of %j: ERR_OPERATION_UNSUPPORTED', async (request) => {
    const { kms, key, keyring } = await keyService();
    const KeyId = await key(request);
    for (const call of [
      kms.enableKeyRotation({ KeyId }),
      kms.disableKeyRotation({ KeyId }),
      kms.rotateKeyOnDemand({ KeyId }),
      keyring.rotateKey(KeyId),
    ]) {
      expect(await outcome(call)).toBe('ERR_OPERATION_UNSUPPORTED');
    }
  });
});

it('has no list for keys for codes: ERR_OPERATION_UNSUPPORTED; their status is off', async () => {
  const { kms, key } = await keyService();
  const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  for (const IncludeKeyMaterial of ['ROTATIONS_ONLY', 'ALL_KEY_MATERIAL'] as const) {
    const list = kms.listKeyRotations({ KeyId, IncludeKeyMaterial });
    expect(await outcome(list)).toBe('ERR_OPERATION_UNSUPPORTED');
  }
  expect(await kms.getKeyRotationStatus({ KeyId })).toEqual({ KeyId, KeyRotationEnabled: false });
});

describe('rotation on demand', () => {
  it('shows the new version for a while, says since when, and leaves the schedule alone', async () => {
    const service = await keyService();
    const { kms, key, clock } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId });
    clock.step(10 * DAY_MS);
    expect(await kms.rotateKeyOnDemand({ KeyId })).toEqual({ KeyId });
    expect(await kms.getKeyRotationStatus({ KeyId })).toMatchObject({
      NextRotationDate: day(365),
      OnDemandRotationStartDate: day(10),
    });
    expect((await kms.listKeyRotations({ KeyId })).Rotations).toEqual([]);
    const all = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const;
    const [, entry] = (await kms.listKeyRotations(all)).Rotations;
    expect(entry).toEqual({
      KeyId,
      KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      RotationDate: new Date(day(10).getTime() + 60_000),
      RotationType: 'ON_DEMAND',
      KeyMaterialState: 'PENDING_ROTATION',
    });
    expect(await outcome(kms.rotateKeyOnDemand({ KeyId }))).toBe('ERR_ROTATION_CONFLICT');
    clock.step(60_000);
    await service.keyring.runDue();
    const status = await kms.getKeyRotationStatus({ KeyId });
    expect(status).toMatchObject({ NextRotationDate: day(365) });
    expect(status.OnDemandRotationStartDate).toBeUndefined();
    const { Rotations } = await kms.listKeyRotations({ KeyId });
    expect(Rotations).toEqual([{ ...entry, KeyMaterialState: 'CURRENT' }]);
  });

  it('is possible 25 times: ERR_LIMIT_EXCEEDED; versions are listed oldest first', async () => {
    const service = await keyService();
    const { kms, key, keyring, clock } = service;
    const KeyId = await key();
    for (let i = 0; i < 25; i++) {
      await kms.rotateKeyOnDemand({ KeyId });
      clock.step(60_000);
      await keyring.runDue();
    }
    await expect(kms.rotateKeyOnDemand({ KeyId })).rejects.toThrow(
      refusal('ERR_LIMIT_EXCEEDED', { keyId: KeyId }),
    );
    // a suspected leak is no time for limits
    expect(await keyring.rotateKey(KeyId)).toEqual({ keyId: KeyId, version: 27 });
    const first = await kms.listKeyRotations({ KeyId, Limit: 24 });
    expect(first.Truncated).toBe(true);
    const Marker = first.NextMarker ?? '';
    const { Rotations } = await kms.listKeyRotations({ KeyId, Marker });
    expect(Rotations.map(({ KeyMaterialState }) => KeyMaterialState)).toEqual([
      'NON_CURRENT',
      'CURRENT',
    ]);
    const { KeyMetadata } = await kms.describeKey({ KeyId });
    expect(Rotations[1]?.KeyMaterialId).toBe(KeyMetadata.CurrentKeyMaterialId);
  });

  it('at once, by rotateKey, passes over a version that only waits', async () => {
    const service = await keyService();
    const { kms, key, keyring } = service;
    const KeyId = await key();
    await kms.rotateKeyOnDemand({ KeyId });
    expect(await keyring.rotateKey(KeyId)).toEqual({ keyId: KeyId, version: 3 });
    expect(versions(service, KeyId)).toEqual(['1 DECRYPT_ONLY', '2 DECRYPT_ONLY', '3 PRIMARY']);
    // the one that was passed over never took over
    const { Rotations } = await kms.listKeyRotations({ KeyId });
    expect(Rotations.map(({ KeyMaterialState }) => KeyMaterialState)).toEqual(['CURRENT']);
  });

  it('leaves a version out of the list that was revoked before it took over', async () => {
    const service = await keyService();
    const { kms, key } = service;
    const KeyId = await key();
    await kms.rotateKeyOnDemand({ KeyId });
    await kms.revokeKeyVersion({ KeyId, Version: 2 });
    await later(service, 1);
    expect(versions(service, KeyId)).toEqual(['1 PRIMARY', '2 REVOKED']);
    expect((await kms.listKeyRotations({ KeyId })).Rotations).toEqual([]);
  });

  it('waits while one by schedule is overdue or due within 20 minutes: ERR_ROTATION_CONFLICT', async () => {
    const { kms, key, keyring, clock } = await keyService();
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const attempt = async () => {
      const made = await outcome(kms.rotateKeyOnDemand({ KeyId }));
      if (made === 'ok') await keyring.rotateKey(KeyId);
      return made;
    };
    clock.step(90 * DAY_MS - 20 * 60_000 - 1);
    expect(await attempt()).toBe('ok');
    for (const stepMs of [1, 20 * 60_000, DAY_MS]) {
      clock.step(stepMs);
      expect(await attempt()).toBe('ERR_ROTATION_CONFLICT');
    }
    await keyring.runDue();
    clock.step(60_000);
    await keyring.runDue();
    expect(await attempt()).toBe('ok');
  });

  it('lets a process that is behind open what is sealed under a version it has not seen', async () => {
    const { kms, key, keyring, another } = await keyService();
    const KeyId = await key();
    const behind = await another();
    await keyring.rotateKey(KeyId);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: text('x') });
    expect(await outcome(behind.kms.decrypt({ CiphertextBlob }))).toBe('ok');
  });
});

describe('startMaintenance', () => {
  it('does what is due now and every hour, reports it, and stops when it is told to', async () => {
    const service = await keyService();
    const { kms, key, keyring, clock } = service;
    const KeyId = await key();
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
    const reports: string[][] = [];
    const stop = keyring.startMaintenance({
      onReport: ({ staged, activated }) => reports.push([...staged, ...activated]),
    });
    clock.step(90 * DAY_MS);
    // 3,600 s, give or take a tenth
    for (let i = 0; i < 70; i++) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(reports[0]).toEqual([KeyId]));
    stop();
    clock.step(90 * DAY_MS);
    const before = versions(service, KeyId).length;
    for (let i = 0; i < 70; i++) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(versions(service, KeyId)).toHaveLength(before);
  });
});
