import { randomBytes } from 'node:crypto';
import { createIdentityPolicy, createMemoryStore, type Keyring } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { prepareImport } from '../keyring/kms/import-as-aws.ts';
import { person, signed } from '../keyring/kms/person.ts';
import { sharedKeys } from './shared-keys.ts';
import { freshDatabase, sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const DAY_MS = 86_400_000;

/** As the process sees it whose clock is wrong by so much. */
async function atTime<T>(offMs: number, work: () => Promise<T>): Promise<T> {
  const right = Date.now.bind(Date);
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => right() + offMs);
  try {
    return await work();
  } finally {
    spy.mockRestore();
  }
}

describe('a process whose clock is wrong', () => {
  const keys = sharedKeys(ALIAS);
  afterEach(() => vi.restoreAllMocks());

  async function withKey(): Promise<{ readonly keyring: Keyring; readonly KeyId: string }> {
    const keyring = await keys.openHere({});
    const { keyId: KeyId } = await keyring.createKey();
    return { keyring, KeyId };
  }

  it('and ahead destroys no key whose waiting period has just begun', async () => {
    const { keyring, KeyId } = await withKey();
    const { CiphertextBlob } = await keyring.kms.encrypt({ KeyId, Plaintext: Uint8Array.of(7) });
    await keyring.kms.scheduleKeyDeletion({ KeyId });
    const report = await atTime(31 * DAY_MS, () => keyring.runDue());
    expect(report.deleted).toEqual([]);
    await keyring.kms.cancelKeyDeletion({ KeyId });
    await keyring.kms.enableKey({ KeyId });
    const { Plaintext } = await keyring.kms.decrypt({ CiphertextBlob });
    expect(Plaintext).toEqual(Uint8Array.of(7));
  });

  it('and behind starts no waiting period that is over for all others', async () => {
    const { keyring, KeyId } = await withKey();
    const startedAt = Date.now();
    const { DeletionDate } = await atTime(-40 * DAY_MS, () =>
      keyring.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
    );
    expect(DeletionDate.getTime()).toBeGreaterThanOrEqual(startedAt + 7 * DAY_MS - 1000);
    expect((await keyring.runDue()).deleted).toEqual([]);
  });

  it('and ahead lets no version take over before others can have seen it', async () => {
    const { keyring, KeyId } = await withKey();
    const states = async () => {
      await keyring.runDue();
      const key = keyring.listKeys().find(({ keyId }) => keyId === KeyId);
      return key?.versions.map(({ state }) => state);
    };
    await keyring.kms.rotateKeyOnDemand({ KeyId });
    const announced = ['PRIMARY', 'STAGED'];
    expect(await atTime(3 * DAY_MS, states)).toEqual(announced);
    // the look at the store that a keyring takes by itself lets nothing take over either
    await atTime(3 * DAY_MS, () => new Promise((resolve) => setTimeout(resolve, 1000)));
    expect(await states()).toEqual(announced);
  });

  it('rotates the root key neither before others can have opened it, nor days later', async () => {
    const identityPolicies = () => [createIdentityPolicy('administrator')];
    const keyring = await keys.openHere({ stagingMs: 60_000, access: { identityPolicies } });
    const waits = async () => (await keyring.rewrapRootKey()).waitMs;
    const begun = await atTime(3 * DAY_MS, () => keyring.rotateRootKey());
    expect(begun.state).toBe('published');
    for (const offMs of [0, 3 * DAY_MS, -3 * DAY_MS]) {
      const waitMs = await atTime(offMs, waits);
      expect(waitMs).toBeGreaterThan(30_000);
      expect(waitMs).toBeLessThanOrEqual(60_000);
    }
  });

  it.each([3 * DAY_MS, -3 * DAY_MS])(
    'by %i ms announces and activates a version as all others do',
    async (offMs) => {
      const keyring = await keys.openHere({ stagingMs: 500 });
      const { keyId: KeyId } = await keyring.createKey();
      await atTime(offMs, async () => {
        await keyring.kms.rotateKeyOnDemand({ KeyId });
        const [rotation] = await sql(
          keys.url,
          'SELECT staged_at, activate_at FROM fieldseal.key_rotation',
        );
        const { staged_at: staged, activate_at: activates } = rotation ?? {};
        expect(BigInt(String(activates)) - BigInt(String(staged))).toBe(500_000n);
        const states = () =>
          keyring
            .listKeys()
            .find(({ keyId }) => keyId === KeyId)
            ?.versions.map(({ state }) => state);
        // not after days, and by itself
        await expect.poll(states, { timeout: 10_000 }).toEqual(['DECRYPT_ONLY', 'PRIMARY']);
      });
    },
  );

  it('and ahead rotates no key before its day, and behind keeps none from it', async () => {
    const { keyring, KeyId } = await withKey();
    const startedAt = Date.now();
    const scheduled = async () => {
      await keyring.kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
      return (await keyring.kms.getKeyRotationStatus({ KeyId })).NextRotationDate?.getTime();
    };
    for (const offMs of [-200 * DAY_MS, 200 * DAY_MS]) {
      const at = await atTime(offMs, scheduled);
      expect(at).toBeGreaterThan(startedAt + 89 * DAY_MS);
      expect(at).toBeLessThan(startedAt + 91 * DAY_MS);
      await keyring.kms.disableKeyRotation({ KeyId });
    }
    await scheduled();
    expect((await atTime(100 * DAY_MS, () => keyring.runDue())).staged).toEqual([]);
  });

  it('and ahead or behind gives nobody more than a day to sign what is proposed', async () => {
    const carol = person();
    const access = { approvers: { 'user/carol': carol.publicKey } };
    const keyring = await keys.openHere({ access });
    await keyring.createKey();
    const propose = () =>
      keyring.kms.proposeChange({ Operation: 'Shred', Request: { Tenant: 'acme' } });
    const ahead = await atTime(3 * DAY_MS, propose);
    expect(ahead.ExpirationDate.getTime()).toBeLessThanOrEqual(Date.now() + DAY_MS + 1000);
    const { ProposalId, Statement } = await atTime(-2 * DAY_MS, propose);
    const approval = { ProposalId, Approver: 'user/carol', Signature: signed(carol, Statement) };
    // the process that is behind takes it for new, and the server knows better
    const late = atTime(-2 * DAY_MS, () => keyring.kms.approveChange(approval));
    await expect(late).rejects.toMatchObject({ code: 'ERR_PROPOSAL_NOT_FOUND' });
    expect((await keyring.kms.listShreds()).Shreds).toEqual([]);
  });

  it('and ahead takes no imported material away before its time', async () => {
    const { keyring } = await withKey();
    const { KeyMetadata } = await keyring.kms.createKey({ Origin: 'EXTERNAL' });
    const { KeyId } = KeyMetadata;
    const material = new Uint8Array(randomBytes(32));
    const prepared = await prepareImport(keyring.kms, KeyId, material, 'RSAES_OAEP_SHA_256');
    await keyring.kms.importKeyMaterial({
      KeyId,
      ...prepared,
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo: new Date(Date.now() + 2 * DAY_MS),
    });
    const report = await atTime(3 * DAY_MS, () => keyring.runDue());
    expect(report.expired).toEqual([]);
    await keyring.kms.encrypt({ KeyId, Plaintext: Uint8Array.of(1) });
  });
});

it('a store says what the time of its server is, and one in memory has none of its own', async () => {
  const store = postgresStore(await freshDatabase());
  try {
    const before = BigInt(Date.now()) * 1000n;
    const time = await store.readTime();
    // the same machine, so the same clock but for its rounding
    expect(time).toBeGreaterThanOrEqual(before - 1_000_000n);
    expect(time).toBeLessThanOrEqual(BigInt(Date.now()) * 1000n + 1_000_000n);
  } finally {
    await store.close();
  }
  expect(await createMemoryStore().readTime()).toBeNull();
});
