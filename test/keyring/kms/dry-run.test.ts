import { auditSource, type Kms } from '@fieldseal/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest, sealText } from '../open-keyrings.ts';
import { type KeyService, keyService, outcome, text } from './key-service.ts';

closeKeyringsAfterEach();

const DRY = { DryRun: true };
const MAC = { Message: text('message'), MacAlgorithm: 'HMAC_SHA_256' } as const;

interface Ready extends KeyService {
  readonly keyId: string;
  readonly macKeyId: string;
  readonly blob: Uint8Array;
  readonly mac: Uint8Array;
  readonly grantId: string;
}

async function ready(): Promise<Ready> {
  const service = await keyService({ createMissingAliases: true });
  const { kms, key, keyring } = service;
  const keyId = await key();
  const macKeyId = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const { CiphertextBlob } = await kms.encrypt({ KeyId: keyId, Plaintext: text('x') });
  const { Mac } = await kms.generateMac({ KeyId: macKeyId, ...MAC });
  const grant = { KeyId: keyId, GranteePrincipal: 'user/b', RetiringPrincipal: 'user/c' };
  const { GrantId } = await kms.createGrant({ ...grant, Operations: ['Decrypt'] });
  await sealText(keyring, 'alias/kyc', 'a', { tenant: 'acme' });
  return { ...service, keyId, macKeyId, blob: CiphertextBlob, mac: Mac, grantId: GrantId };
}

/** A dry run of each operation that has one, which would succeed. */
const DRY_RUNS: Readonly<Partial<Record<keyof Kms, (on: Ready) => Promise<unknown>>>> = {
  encrypt: ({ kms, keyId }) => kms.encrypt({ KeyId: keyId, Plaintext: text('y'), ...DRY }),
  decrypt: ({ kms, blob }) => kms.decrypt({ CiphertextBlob: blob, ...DRY }),
  reEncrypt: ({ kms, blob, keyId }) =>
    kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: keyId, ...DRY }),
  generateDataKey: ({ kms, keyId }) =>
    kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256', ...DRY }),
  generateDataKeyWithoutPlaintext: ({ kms, keyId }) =>
    kms.generateDataKeyWithoutPlaintext({ KeyId: keyId, KeySpec: 'AES_256', ...DRY }),
  generateMac: ({ kms, macKeyId }) => kms.generateMac({ KeyId: macKeyId, ...MAC, ...DRY }),
  verifyMac: ({ kms, macKeyId, mac }) =>
    kms.verifyMac({ KeyId: macKeyId, ...MAC, Mac: mac, ...DRY }),
  createGrant: ({ kms, keyId }) =>
    kms.createGrant({
      KeyId: keyId,
      GranteePrincipal: 'user/d',
      Operations: ['Encrypt'],
      ...DRY,
    }),
  retireGrant: ({ kms, keyId, grantId }) =>
    kms.retireGrant({ KeyId: keyId, GrantId: grantId, ...DRY }),
  revokeGrant: ({ kms, keyId, grantId }) =>
    kms.revokeGrant({ KeyId: keyId, GrantId: grantId, ...DRY }),
  shred: ({ kms }) => kms.shred({ Tenant: 'acme', ...DRY }),
};
const NAMES = Object.keys(DRY_RUNS) as (keyof typeof DRY_RUNS)[];
/** What counts has an answer. */
const ANSWERS: readonly string[] = ['shred'];

const actionOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

describe('operations with a dry run', () => {
  let known: string[];
  beforeAll(async () => {
    const { kms } = await openForTest((await keyService()).options);
    const takes = async (name: string) => {
      const operation = kms[name as keyof Kms] as (request: object) => Promise<unknown>;
      const error = await operation({ DryRun: 1 }).catch((thrown: unknown) => thrown);
      const { message, meta } = error as { message?: string; meta?: { option?: string } };
      return !(meta?.option === 'DryRun' && message?.startsWith('Unknown') === true);
    };
    const names = Object.keys(kms);
    const taken = await Promise.all(names.map(takes));
    known = names.filter((_, i) => taken[i]);
  });

  it('are all of those that are tried here, and no others', () => {
    expect(known.toSorted()).toEqual(NAMES.toSorted());
  });
});

describe.each(NAMES)('a dry run of %s', (name) => {
  it('changes nothing, and is in the audit trail as one', async () => {
    const on = await ready();
    const { keyring, store } = on;
    const page = { table: 'data_key', tenant: 'acme', after: null, limit: 10 } as const;
    const stateOf = async () => [await store.readControl(), await store.listKeys(page)];
    const before = await stateOf();
    expect(await outcome(DRY_RUNS[name]!(on))).toBe(ANSWERS.includes(name) ? 'ok' : 'ERR_DRY_RUN');
    expect(await stateOf()).toEqual(before);

    await keyring.audit.flush();
    const outcomes: unknown[] = [];
    for (const row of await store.readAuditHeads({ after: '', limit: 100 })) {
      for await (const { columns } of auditSource(store).entries(String(row.columns.chain))) {
        const { action, outcome: code, read_only: readOnly, operations } = columns;
        if (action !== actionOf(name) || code === 'Success') continue;
        outcomes.push({ code, readOnly, operations });
      }
    }
    expect(outcomes).toEqual([
      { code: 'ERR_DRY_RUN', readOnly: expect.any(Boolean), operations: 1n },
    ]);
    // and as a use it counts for nothing
    expect(await keyring.audit.verify()).toMatchObject({ sound: true });
  });

  it('by whoever has no right to it is refused', async () => {
    const on = await ready();
    const Statement = [
      { Effect: 'Allow', Principal: '*', Action: 'fieldseal:PutKeyPolicy', Resource: '*' },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    for (const KeyId of [on.keyId, on.macKeyId]) await on.kms.putKeyPolicy({ KeyId, Policy });
    const call = on.keyring.as('user/x', () => DRY_RUNS[name]!(on));
    expect(await outcome(call)).toBe('ERR_ACCESS_DENIED');
  });
});

describe('a dry run that ignores the ciphertext', () => {
  const IGNORE = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] } as const;

  it('tells of rights and states without a blob, or with one that is none', async () => {
    const { kms, keyId, macKeyId, key, keyring } = await ready();
    const other = await key();
    const calls = (more: object = {}) => [
      kms.decrypt({ KeyId: keyId, ...IGNORE, ...more }),
      kms.reEncrypt({ SourceKeyId: keyId, DestinationKeyId: other, ...IGNORE, ...more }),
    ];
    const outcomes = (more?: object) => Promise.all(calls(more).map(outcome));
    expect(await outcomes()).toEqual(['ERR_DRY_RUN', 'ERR_DRY_RUN']);
    expect(await outcomes({ CiphertextBlob: text('no blob') })).toEqual([
      'ERR_DRY_RUN',
      'ERR_DRY_RUN',
    ]);
    const { Policy } = await kms.getKeyPolicy({ KeyId: keyId });
    const document = JSON.parse(Policy);
    document.Statement.push({
      Effect: 'Deny',
      Principal: { Fieldseal: 'user/ben' },
      Action: ['fieldseal:Decrypt', 'fieldseal:ReEncryptFrom'],
      Resource: '*',
      Condition: { StringEquals: { 'kms:EncryptionContext:app': 'kyc' } },
    });
    await kms.putKeyPolicy({ KeyId: keyId, Policy: JSON.stringify(document) });
    const context = { app: 'kyc' };
    await keyring.as('user/ben', async () => {
      expect(await outcomes()).toEqual(['ERR_DRY_RUN', 'ERR_DRY_RUN']);
      expect(
        await Promise.all([
          outcome(kms.decrypt({ KeyId: keyId, EncryptionContext: context, ...IGNORE })),
          outcome(
            kms.reEncrypt({
              SourceKeyId: keyId,
              SourceEncryptionContext: context,
              DestinationKeyId: other,
              ...IGNORE,
            }),
          ),
        ]),
      ).toEqual(['ERR_ACCESS_DENIED', 'ERR_ACCESS_DENIED']);
    });
    expect(await outcome(kms.decrypt({ KeyId: macKeyId, ...IGNORE }))).toBe('ERR_KEY_USAGE');
    await kms.disableKey({ KeyId: keyId });
    expect(await outcomes()).toEqual(['ERR_KEY_DISABLED', 'ERR_KEY_DISABLED']);
  });

  it('is one of a dry run with a key, and of nothing else', async () => {
    const { kms, keyId, blob } = await ready();
    const decrypt = (request: object) => outcome(kms.decrypt(request));
    const invalid = [
      { ...IGNORE },
      { KeyId: keyId, ...IGNORE, DryRun: false },
      { KeyId: keyId, CiphertextBlob: blob, DryRunModifiers: IGNORE.DryRunModifiers },
      { KeyId: keyId, ...IGNORE, DryRunModifiers: [] },
      { KeyId: keyId, ...IGNORE, DryRunModifiers: ['IGNORE_CIPHERTEXT', 'IGNORE_CIPHERTEXT'] },
      { KeyId: keyId, ...IGNORE, DryRunModifiers: 'IGNORE_CIPHERTEXT' },
      { KeyId: keyId, ...IGNORE, DryRunModifiers: ['IGNORE_ALL'] },
      { KeyId: keyId, DryRun: true },
    ];
    for (const request of invalid) expect(await decrypt(request)).toBe('ERR_REQUEST_INVALID');
    expect(await outcome(kms.reEncrypt({ DestinationKeyId: keyId, ...IGNORE }))).toBe(
      'ERR_REQUEST_INVALID',
    );
    const Plaintext = text('x');
    const encrypt = kms.encrypt({ KeyId: keyId, Plaintext, ...IGNORE } as never);
    expect(await outcome(encrypt)).toBe('ERR_REQUEST_INVALID');
  });
});
