import { auditSource, createMemoryStore, type Keyring, type KeyringOptions } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { unnamedService } from '../keyring/kms/unnamed-service.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from '../keyring/open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const PAN = 'ABCPK1234F';

async function opened(over: Partial<KeyringOptions> = {}) {
  const store = createMemoryStore();
  const options: KeyringOptions = {
    store,
    roots: [memoryRoot()],
    clock: fixedClock(1_800_000_000_000),
    environment: 'test',
    development: true,
    principal: 'service/api',
    ...over,
  };
  const keyring = await openForTest(options);
  const { keyId } = await keyring.createKey();
  await keyring.createAlias(ALIAS, keyId);
  return { store, options, keyring, keyId };
}

type Entry = Readonly<Record<string, unknown>>;

/** Entries of a chain as plain objects. */
async function entries(keyring: Keyring, store: KeyringOptions['store'], chain: string) {
  await keyring.audit.flush();
  const all: Entry[] = [];
  for await (const { columns } of auditSource(store).entries(chain)) all.push(columns);
  return all;
}

const brief = ({ principal, action, key_id, outcome, operations }: Entry) => ({
  principal,
  action,
  key_id,
  outcome,
  operations,
});

describe('the audit trail of a keyring', () => {
  it('has each change, by whom, with what decided and the epoch that it made', async () => {
    const { store, keyring, keyId } = await opened();
    await keyring.as('user/asha', async () => {
      await keyring.kms.disableKey({ KeyId: keyId });
      await keyring.kms.enableKey({ KeyId: keyId });
      await keyring.kms.tagResource({ KeyId: keyId, Tags: [{ TagKey: 'team', TagValue: 'kyc' }] });
      const Grant = {
        KeyId: keyId,
        GranteePrincipal: 'user/ben',
        Operations: ['Encrypt'],
      } as const;
      const { GrantId } = await keyring.kms.createGrant(Grant);
      await keyring.kms.revokeGrant({ KeyId: keyId, GrantId });
      await keyring.rotateKey(ALIAS);
    });
    const all = await entries(keyring, store, 'management');
    const changes = all.filter(({ epoch, opens }) => epoch !== null && opens === null);
    expect(changes.map(({ principal, action }) => [principal, action])).toEqual([
      ['service/api', 'CreateKey'],
      ['service/api', 'CreateAlias'],
      ['user/asha', 'DisableKey'],
      ['user/asha', 'EnableKey'],
      ['user/asha', 'TagResource'],
      ['user/asha', 'CreateGrant'],
      ['user/asha', 'RevokeGrant'],
      ['user/asha', 'RotateKeyOnDemand'],
    ]);
    expect(changes.map(({ epoch }) => epoch)).toEqual([2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    expect(changes.at(2)).toMatchObject({
      key_id: keyId,
      outcome: 'Success',
      decision: 'key-policy/default/EverybodyInThisEnvironment',
    });
    expect(await keyring.audit.verify()).toMatchObject({ sound: true, findings: [] });
  });

  it('counts uses by sealed fields and of the service, and names who was refused and why', async () => {
    const { store, keyring, keyId } = await opened();
    const { id } = await sealText(keyring, ALIAS, PAN);
    for (let i = 0; i < 3; i++) (await lease(keyring, { open: [id] })).release();
    const context = { tenant: 'acme' };
    const blob = await keyring.kms.encrypt({
      KeyId: ALIAS,
      Plaintext: new TextEncoder().encode(PAN),
      EncryptionContext: context,
    });
    await keyring.as('user/ben', async () => {
      const { CiphertextBlob } = blob;
      await expect(keyring.kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
        code: 'ERR_CIPHERTEXT_REJECTED',
      });
    });
    await keyring.kms.disableKey({ KeyId: keyId });
    await expect(lease(keyring, { open: [id] })).rejects.toMatchObject({
      code: 'ERR_KEY_DISABLED',
    });
    const uses = await entries(keyring, store, keyring.audit.chain);
    const shared = { principal: 'service/api', key_id: keyId, outcome: 'Success', operations: 1n };
    // by the door of sealed fields with its decision, and by the service
    expect(uses.slice(1).map(brief)).toEqual([
      { ...shared, action: 'Encrypt' },
      { ...shared, action: 'Decrypt', operations: 3n },
      { ...shared, action: 'Encrypt' },
      {
        // nothing in a blob that does not open is to be believed
        key_id: null,
        operations: 1n,
        principal: 'user/ben',
        action: 'Decrypt',
        outcome: 'ERR_CIPHERTEXT_REJECTED',
      },
      { ...shared, action: 'Decrypt', outcome: 'ERR_KEY_DISABLED' },
    ]);
    const text = JSON.stringify(uses, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const secret of [PAN, 'acme']) expect(text).not.toContain(secret);
  });

  it('says of what was refused as nobody asked that it was nobody, and not the service', async () => {
    const { keyring, store } = await unnamedService();
    const unnamed = { code: 'ERR_PRINCIPAL_REQUIRED' };
    await expect(keyring.kms.listKeys()).rejects.toMatchObject(unnamed);
    await expect(keyring.setPhase('people.name', 'sealed')).rejects.toMatchObject(unnamed);
    const all = await entries(keyring, store, keyring.audit.chain);
    const refused = all.filter(({ outcome }) => outcome === unnamed.code);
    expect(refused.map(({ principal, action }) => [principal, action])).toEqual([
      ['(nobody)', 'ListKeys'],
      ['(nobody)', 'SetPhase'],
    ]);
  });

  it('keeps nothing of what stands in the place of a key by mistake', async () => {
    const { store, keyring, keyId } = await opened();
    const { kms } = keyring;
    const Plaintext = new Uint8Array(1);
    const arn = `arn:aws:kms:ap-south-1:111122223333:key/${keyId}`;
    const named = [keyId.toUpperCase(), `key/${PAN}`, `arn:${PAN}`, PAN, 'alias/none', arn];
    for (const KeyId of named) await kms.encrypt({ KeyId, Plaintext }).catch(() => {});
    const TargetKeyId = `${PAN}@example.org`;
    await kms.createAlias({ AliasName: 'alias/new', TargetKeyId }).catch(() => {});
    const all = await entries(keyring, store, keyring.audit.chain);
    const refused = all.filter(({ outcome }) => `${outcome}`.startsWith('ERR_'));
    const kept = new Set(refused.map(({ key_id }) => key_id));
    expect(kept).toEqual(new Set([null, 'alias/none', arn]));
    const count = refused.reduce((sum, { operations }) => sum + (operations as bigint), 0n);
    expect(count).toBe(7n);
    const bytes = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);
    expect(JSON.stringify(all, bytes)).not.toContain(PAN);
  });

  it('is verified over several processes, and finds what was done behind it', async () => {
    const { store, options, keyring, keyId } = await opened();
    const other = await openForTest(options);
    await other.kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array([1]) });
    await keyring.kms.disableKey({ KeyId: keyId });
    await other.close();
    const report = await keyring.audit.verify();
    expect(report).toMatchObject({ sound: true, findings: [] });
    expect(report.chains.length).toBeGreaterThanOrEqual(2);
    expect(await keyring.audit.publicKey()).toHaveLength(32);
    const lying = {
      ...store,
      async readAudit(page: Parameters<typeof store.readAudit>[0]) {
        const rows = await store.readAudit(page);
        return rows.map((row) =>
          row.columns.action === 'DisableKey'
            ? { ...row, columns: { ...row.columns, principal: 'user/nobody' } }
            : row,
        );
      },
    };
    const fooled = await openForTest({ ...options, store: lying });
    expect(await fooled.audit.verify()).toMatchObject({ sound: false });
  });

  it('whose end was forged says where, and lets a process that starts then use no key', async () => {
    const { store, options, keyring, keyId } = await opened();
    await keyring.kms.disableKey({ KeyId: keyId });
    await keyring.kms.enableKey({ KeyId: keyId });
    const forged = {
      ...store,
      async readAuditHead(chain: string) {
        const row = await store.readAuditHead(chain);
        if (row === null || chain !== 'management') return row;
        return { ...row, columns: { ...row.columns, principal: 'user/nobody' } };
      },
    };
    const other = await openForTest({ ...options, store: forged });
    const use = () => other.kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array([1]) });
    await expect(use()).rejects.toMatchObject({ code: 'ERR_AUDIT_BROKEN' });
    expect(await other.audit.verify()).toHaveProperty('sound');
    // the control
    const honest = await openForTest(options);
    await honest.kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array([1]) });
  });

  it('stops uses when it cannot be kept, and changes at once', async () => {
    const { store, options, keyId } = await opened();
    const clock = fixedClock(1_800_000_000_000);
    const failing = { ...store, broken: false };
    const full: KeyringOptions = {
      ...options,
      clock,
      store: {
        ...failing,
        async appendAudit(...rows: Parameters<typeof store.appendAudit>) {
          if (failing.broken) throw new Error('the database is gone');
          return store.appendAudit(...rows);
        },
      },
      audit: { maxPending: 100 },
    };
    const keyring = await openForTest(full);
    failing.broken = true;
    const encrypt = () => keyring.kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array([1]) });
    const codes = new Set<string>();
    for (let i = 0; i < 120; i++) {
      await keyring.as(`user/${i}`, encrypt).then(
        () => codes.add('done'),
        (error: { code: string }) => codes.add(error.code),
      );
    }
    expect([...codes]).toEqual(['done', 'ERR_AUDIT_UNAVAILABLE']);
    failing.broken = false;
  });
});
