import type { ControlRow } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { VERSION_STATE_TABLE, VERSION_STATES } from '../../../packages/core/src/keys/key-states.ts';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { keyService, outcome, refusal, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

/** A key with versions 1 to 3 and a blob and a cell under each. */
async function threeVersions() {
  const service = await keyService();
  const { kms, keyring, key } = service;
  const keyId = await key();
  await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
  const blobs: Uint8Array[] = [];
  const cells: string[] = [];
  for (const version of [1, 2, 3]) {
    if (version > 1) await keyring.rotateKey(keyId);
    const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: text('x') });
    blobs.push(CiphertextBlob);
    cells.push((await sealText(keyring, 'alias/kyc', 'x')).id);
  }
  const open = (number: number) => ({ CiphertextBlob: blobs[number - 1] as Uint8Array });
  const openCell = (number: number) => ({ open: [cells[number - 1] as string] });
  return { ...service, keyId, open, openCell };
}

describe('a version of a key', () => {
  it.each(VERSION_STATES.filter((state) => state !== 'PRIMARY'))(
    'that is %s opens blobs and cells as the table says',
    async (state) => {
      const service = await threeVersions();
      const insider = await service.insider();
      const second = (await insider.rows('key_version')).find(
        ({ columns }) => columns.version === 2,
      );
      await insider.put(insider.altered(second as ControlRow, { state }));
      const keyring = await service.another();
      const expected = VERSION_STATE_TABLE.open[state];
      expect(await outcome(keyring.kms.decrypt(service.open(2)))).toBe(expected);
      expect(await outcome(lease(keyring, service.openCell(2)))).toBe(expected);
      expect(await outcome(keyring.kms.decrypt(service.open(1)))).toBe('ok');
      expect(await outcome(lease(keyring, service.openCell(3)))).toBe('ok');
    },
  );

  it('seals in no state but PRIMARY', () => {
    const sealing = VERSION_STATES.filter((state) => VERSION_STATE_TABLE.seal[state] === 'ok');
    expect(sealing).toEqual(['PRIMARY']);
  });

  it('that is revoked opens nothing: ERR_KEY_VERSION_REVOKED; the others go on', async () => {
    const { kms, keyring, keyId, open, openCell } = await threeVersions();
    await kms.revokeKeyVersion({ KeyId: keyId, Version: 2 });
    await kms.revokeKeyVersion({ KeyId: keyId, Version: 2 });
    await expect(kms.decrypt(open(2))).rejects.toThrow(
      refusal('ERR_KEY_VERSION_REVOKED', { keyId, keyVersion: 2, reason: 'REVOKED' }),
    );
    expect(await outcome(lease(keyring, openCell(2)))).toBe('ERR_KEY_VERSION_REVOKED');
    for (const other of [1, 3]) {
      expect(await outcome(kms.decrypt(open(other)))).toBe('ok');
      expect(await outcome(lease(keyring, openCell(other)))).toBe('ok');
    }
  });

  it('that is the primary one cannot be revoked, and one that is not there is no version', async () => {
    const { kms, keyId } = await threeVersions();
    await expect(kms.revokeKeyVersion({ KeyId: keyId, Version: 3 })).rejects.toThrow(
      refusal('ERR_KEY_STATE', { keyVersion: 3 }),
    );
    for (const Version of [4, 0, 1.5, '1' as unknown as number]) {
      await expect(kms.revokeKeyVersion({ KeyId: keyId, Version })).rejects.toThrow(
        refusal('ERR_REQUEST_INVALID', { option: 'Version' }),
      );
    }
  });

  it('below the least one that may open opens nothing, and the least one never sinks', async () => {
    const { kms, keyring, keyId, open, openCell } = await threeVersions();
    await kms.setMinDecryptVersion({ KeyId: keyId, Version: 3 });
    await kms.setMinDecryptVersion({ KeyId: keyId, Version: 1 });
    for (const version of [1, 2]) {
      await expect(kms.decrypt(open(version))).rejects.toThrow(
        refusal('ERR_KEY_VERSION_REVOKED', { reason: 'MIN_DECRYPT_VERSION' }),
      );
      expect(await outcome(lease(keyring, openCell(version)))).toBe('ERR_KEY_VERSION_REVOKED');
    }
    expect(await outcome(kms.decrypt(open(3)))).toBe('ok');
    await expect(kms.setMinDecryptVersion({ KeyId: keyId, Version: 4 })).rejects.toThrow(
      refusal('ERR_KEY_STATE'),
    );
  });
});

describe.each([
  ['revokeKeyVersion', 1],
  ['setMinDecryptVersion', 2],
] as const)('%s', (operation, Version) => {
  /** A key with an index key under its first version, and a cell under its second. */
  async function indexed() {
    const service = await keyService();
    const { kms, keyring, key, store } = service;
    const KeyId = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: KeyId });
    const lookUp = async (from = keyring) => {
      const held = await lease(from, { index: [{ alias: 'alias/kyc', tenant: 'acme' }] });
      held.release();
    };
    await lookUp();
    await keyring.rotateKey(KeyId);
    const end = (more = {}) => kms[operation]({ KeyId, Version, ...more });
    const entries = async () => {
      const rows = await store.readAudit({ chain: 'management', after: 0n, limit: 100 });
      return rows.map(({ columns }) => `${columns.action} ${columns.details}`);
    };
    return { ...service, KeyId, lookUp, end, entries };
  }
  const action = operation === 'revokeKeyVersion' ? 'RevokeKeyVersion' : 'SetMinDecryptVersion';

  it('is refused while an index key is under what it ends, until that is rewrapped', async () => {
    const { keyring, another, KeyId, lookUp, end, entries } = await indexed();
    await expect(end()).rejects.toThrow(
      refusal('ERR_KEY_IN_USE', { keyId: KeyId, keyVersion: 1, reason: 'INDEX_KEYS' }),
    );
    await lookUp(await another());
    for (let after: string | null = ''; after !== null; ) {
      const from: { readonly after?: string } = after === '' ? {} : { after };
      after = (await keyring.rewrapDataKeys({ keyId: KeyId, ...from })).next;
    }
    await end();
    await lookUp(await another());
    expect(await entries()).toContain(`${action} {"version":${Version}}`);
  });

  it('ends it all the same for who says so, which is in the trail', async () => {
    const { another, lookUp, end, entries } = await indexed();
    await end({ LoseIndexKeys: true });
    expect(await outcome(lookUp(await another()))).toBe('ERR_KEY_VERSION_REVOKED');
    expect(await entries()).toContain(`${action} {"loseIndexKeys":true,"version":${Version}}`);
  });

  it('takes the right to it before anything is looked up, and a flag that is one', async () => {
    const { keyring, end } = await indexed();
    const call = keyring.as('user/mallory', () => end({ LoseIndexKeys: 1 }));
    expect(await outcome(call)).toBe('ERR_REQUEST_INVALID');
    const { kms, key, keyring: other } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: 'service/development' }) });
    const denied = other.as('user/mallory', () => kms[operation]({ KeyId, Version }));
    expect(await outcome(denied)).toBe('ERR_ACCESS_DENIED');
  });
});
