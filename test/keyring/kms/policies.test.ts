import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease, sealText } from '../open-keyrings.ts';
import { prepareImport } from './import-as-aws.ts';
import { DAY_MS, keyService, outcome, refusal, START, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const ROOT = 'service/development';
const KYC = 'alias/kyc';

/** A key with a cell under it, and what each principal may do with it. */
async function sealedField(allow: Record<string, readonly string[]> = {}) {
  const service = await keyService();
  const { kms, keyring, key } = service;
  const KeyId = await key();
  await kms.createAlias({ AliasName: KYC, TargetKeyId: KeyId });
  const cell = await sealText(keyring, KYC, 'x', { tenant: 'a' });
  const put = (parts: Parameters<typeof policyFor>[0]) =>
    kms.putKeyPolicy({ KeyId, Policy: policyFor(parts) });
  await put({ admin: ROOT, allow });
  const open = (principal: string, by = keyring) =>
    outcome(by.as(principal, async () => (await lease(by, { open: [cell.id] })).release()));
  const seal = (principal: string) =>
    outcome(keyring.as(principal, () => sealText(keyring, KYC, 'y', { tenant: 'a' })));
  const token = (principal: string) =>
    outcome(
      keyring.as(principal, async () => {
        (await lease(keyring, { index: [{ alias: KYC, tenant: 'a' }] })).release();
      }),
    );
  return { ...service, KeyId, cell, put, open, seal, token };
}

describe('a sealed field', () => {
  it('is opened, sealed and looked up by whom the policy of its key lets, each on its own', async () => {
    const { open, seal, token } = await sealedField({
      'user/reader': ['Decrypt'],
      'user/writer': ['Encrypt'],
      'user/finder': ['GenerateMac'],
    });
    const tried = async (who: string) => [await open(who), await seal(who), await token(who)];
    const no = 'ERR_ACCESS_DENIED';
    expect(await tried('user/reader')).toEqual(['ok', no, no]);
    expect(await tried('user/writer')).toEqual([no, 'ok', no]);
    expect(await tried('user/finder')).toEqual([no, no, 'ok']);
    expect(await tried('user/mallory')).toEqual([no, no, no]);
    expect(await tried(ROOT)).toEqual(['ok', 'ok', 'ok']);
  });

  it('is not opened by whom the policy denies, whatever else allows: deny wins', async () => {
    const { kms, KeyId, put, open } = await sealedField({ 'user/asha': ['Decrypt'] });
    expect(await open('user/asha')).toBe('ok');
    const grant = { KeyId, GranteePrincipal: 'user/asha', Operations: ['Decrypt'] } as const;
    await kms.createGrant(grant);
    await put({
      admin: ROOT,
      allow: { 'user/asha': ['Decrypt'] },
      deny: { 'user/asha': ['Decrypt'] },
    });
    expect(await open('user/asha')).toBe('ERR_ACCESS_DENIED');
  });

  it('is not opened from the cache of keys after the right is gone, in this process at once', async () => {
    const { put, open } = await sealedField({ 'user/asha': ['Decrypt'] });
    for (let i = 0; i < 3; i++) expect(await open('user/asha')).toBe('ok');
    await put({ admin: ROOT });
    expect(await open('user/asha')).toBe('ERR_ACCESS_DENIED');
  });

  it('is opened by a grant for its tenant and no other', async () => {
    const { kms, KeyId, keyring, open } = await sealedField();
    const other = await sealText(keyring, KYC, 'z', { tenant: 'b' });
    await kms.createGrant({
      KeyId,
      GranteePrincipal: 'user/asha',
      Operations: ['Decrypt'],
      Constraints: { EncryptionContextSubset: { tenant: 'a' } },
    });
    expect(await open('user/asha')).toBe('ok');
    const second = keyring.as('user/asha', () => lease(keyring, { open: [other.id] }));
    expect(await outcome(second)).toBe('ERR_ACCESS_DENIED');
  });

  it('is closed at once when the grant is revoked, in another process after its next look', async () => {
    const { kms, KeyId, clock, another, open } = await sealedField();
    const grant = { KeyId, GranteePrincipal: 'user/asha', Operations: ['Decrypt'] } as const;
    const { GrantId } = await kms.createGrant(grant);
    const elsewhere = await another({ pollIntervalMs: 1000 });
    expect([await open('user/asha'), await open('user/asha', elsewhere)]).toEqual(['ok', 'ok']);
    await kms.revokeGrant({ KeyId, GrantId });
    expect(await open('user/asha')).toBe('ERR_ACCESS_DENIED');
    clock.advance(1000);
    await expect.poll(() => open('user/asha', elsewhere)).toBe('ERR_ACCESS_DENIED');
  });

  it('is opened by a grant from its first moment to its last, a second late at most', async () => {
    const { kms, KeyId, clock, open } = await sealedField();
    const now = clock.now();
    await kms.createGrant({
      KeyId,
      GranteePrincipal: 'user/asha',
      Operations: ['Decrypt'],
      NotBefore: new Date(now + 60_000),
      NotAfter: new Date(now + 120_000),
    });
    expect(await open('user/asha')).toBe('ERR_ACCESS_DENIED');
    clock.advance(60_000);
    expect(await open('user/asha')).toBe('ok');
    clock.advance(59_999);
    expect(await open('user/asha')).toBe('ok');
    clock.advance(1000);
    expect(await open('user/asha')).toBe('ERR_ACCESS_DENIED');
  });

  it('asks again for every tenant and subject: a yes for one is none for another', async () => {
    const { kms, KeyId, keyring } = await sealedField();
    await kms.createGrant({
      KeyId,
      GranteePrincipal: 'user/asha',
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextEquals: { tenant: 'a', subject: '1:b' } },
    });
    const seal = (scope: object) =>
      outcome(keyring.as('user/asha', () => sealText(keyring, KYC, 'x', scope)));
    expect(await seal({ tenant: 'a', subject: '1:b' })).toBe('ok');
    for (const scope of [{ tenant: 'a' }, { tenant: 'a', subject: 'b' }, { subject: '1:b' }, {}]) {
      expect(await seal(scope)).toBe('ERR_ACCESS_DENIED');
    }
  });
});

describe('policies beside those of keys', () => {
  it('a guard-rail denies what every key allows', async () => {
    const { another, cell } = await sealedField();
    const guardrail = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'NoOpening', Effect: 'Deny', Action: ['fieldseal:Decrypt'], Resource: '*' },
      ],
    });
    const keyring = await another({ access: { guardrails: [guardrail] } });
    expect(await outcome(lease(keyring, { open: [cell.id] }))).toBe('ERR_ACCESS_DENIED');
    const { KeyId } = { KeyId: KYC };
    const explained = await keyring.kms.explainAccess({ KeyId, Operation: 'Decrypt' });
    expect(explained).toMatchObject({
      allowed: false,
      reason: 'explicit-deny',
      source: { type: 'guardrail' },
      statement: 'NoOpening',
    });
  });

  it('identities say who makes keys: nobody when they are given and say nothing', async () => {
    const { another } = await keyService();
    const keyring = await another({ access: { identityPolicies: () => [] } });
    const { kms } = keyring;
    for (const call of [
      kms.createKey(),
      kms.listKeys(),
      kms.listAliases(),
      kms.generateRandom({ NumberOfBytes: 1 }),
      keyring.audit.verify(),
    ]) {
      expect(await outcome(call)).toBe('ERR_ACCESS_DENIED');
    }
  });

  it('an alias asks twice: for the key and for the alias', async () => {
    const { another, key } = await keyService();
    const TargetKeyId = await key();
    const identity = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['fieldseal:CreateAlias'], Resource: 'alias/team-a/*' },
      ],
    });
    const keyring = await another({ access: { identityPolicies: () => [identity] } });
    const name = (AliasName: string) =>
      outcome(keyring.kms.createAlias({ AliasName, TargetKeyId }));
    expect(await name('alias/team-a/kyc')).toBe('ok');
    expect(await name('alias/team-b/kyc')).toBe('ERR_ACCESS_DENIED');
  });
});

describe('putKeyPolicy', () => {
  it('gives back by getKeyPolicy what was put, and lists one name', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const before = await kms.getKeyPolicy({ KeyId });
    expect(before.PolicyName).toBe('default');
    expect(JSON.parse(before.Policy)).toMatchObject({ Version: '2012-10-17' });
    const Policy = policyFor({ admin: ROOT });
    await kms.putKeyPolicy({ KeyId, Policy });
    expect(await kms.getKeyPolicy({ KeyId })).toEqual({ Policy, PolicyName: 'default' });
    const names = await kms.listKeyPolicies({ KeyId });
    expect(names).toEqual({ PolicyNames: ['default'], Truncated: false });
  });

  it('refuses to lock its caller out, unless that is meant', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const Policy = policyFor({ admin: 'user/other' });
    const locked = refusal('ERR_POLICY_MALFORMED');
    await expect(kms.putKeyPolicy({ KeyId, Policy })).rejects.toThrow(locked);
    await expect(kms.createKey({ Policy })).rejects.toThrow(locked);
    const BypassPolicyLockoutSafetyCheck = true;
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck });
    expect(await outcome(kms.putKeyPolicy({ KeyId, Policy }))).toBe('ERR_ACCESS_DENIED');
    expect(await outcome(kms.createKey({ Policy, BypassPolicyLockoutSafetyCheck }))).toBe('ok');
  });

  it('refuses what is no policy and changes nothing: ERR_POLICY_MALFORMED', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const before = await kms.getKeyPolicy({ KeyId });
    for (const Policy of ['{', '{}', '[]', '{"Version":"2012-10-17","Statement":[]}x', '{"a":1}']) {
      const call = kms.putKeyPolicy({ KeyId, Policy });
      await expect(call).rejects.toThrow(refusal('ERR_POLICY_MALFORMED'));
      expect(await outcome(kms.createKey({ Policy }))).toBe('ERR_POLICY_MALFORMED');
    }
    expect(await kms.getKeyPolicy({ KeyId })).toEqual(before);
  });
});

describe('explainAccess', () => {
  it('names the statement that decides, for anybody', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const allow = { 'user/asha': ['Decrypt'] };
    const Policy = policyFor({ admin: ROOT, allow, deny: { 'user/ben': ['Decrypt'] } });
    await kms.putKeyPolicy({ KeyId, Policy });
    const explain = (Principal: string) =>
      kms.explainAccess({ KeyId, Operation: 'Decrypt', Principal });
    expect(await explain('user/asha')).toMatchObject({
      allowed: true,
      reason: 'allow',
      source: { type: 'key-policy' },
      statement: 'Allowuserasha',
    });
    expect(await explain('user/ben')).toMatchObject({
      allowed: false,
      reason: 'explicit-deny',
      statement: 'Denyuserben',
    });
    expect(await explain('user/carl')).toEqual({ allowed: false, reason: 'implicit-deny' });
  });

  it('names the grant, and needs the context that the grant asks for', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: ROOT }) });
    const { GrantId } = await kms.createGrant({
      KeyId,
      GranteePrincipal: 'user/asha',
      Operations: ['Decrypt'],
      Constraints: { EncryptionContextEquals: { tenant: 'a' } },
    });
    const asked = { KeyId, Operation: 'Decrypt', Principal: 'user/asha' } as const;
    const EncryptionContext = { tenant: 'a' };
    expect(await kms.explainAccess({ ...asked, EncryptionContext })).toMatchObject({
      allowed: true,
      reason: 'grant',
      source: { type: 'grant', id: GrantId },
    });
    expect(await kms.explainAccess(asked)).toMatchObject({ allowed: false });
  });

  it('takes a right of its own, and does nothing', async () => {
    const { kms, key, keyring, store } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: ROOT }) });
    const epoch = await store.readEpoch();
    const asked = () => kms.explainAccess({ KeyId, Operation: 'ScheduleKeyDeletion' });
    await asked();
    expect(await store.readEpoch()).toBe(epoch);
    expect(await outcome(keyring.as('user/mallory', asked))).toBe('ERR_ACCESS_DENIED');
  });
});

/** A policy under which Asha may do what these statements say. */
function ashaMay(...statements: readonly (readonly [action: string, Condition: object])[]): string {
  const document = JSON.parse(policyFor({ admin: ROOT }));
  for (const [action, Condition] of statements) {
    document.Statement.push({
      Effect: 'Allow',
      Principal: { Fieldseal: 'user/asha' },
      Action: `kms:${action}`,
      Resource: '*',
      Condition,
    });
  }
  return JSON.stringify(document);
}

describe('conditions of a key policy', () => {
  it('ask for the algorithm by which fields are sealed, opened and looked up', async () => {
    const { kms, KeyId, open, seal, token } = await sealedField();
    const tried = async (encryption: string, mac: string) => {
      const sealing = { StringEquals: { 'kms:EncryptionAlgorithm': encryption } };
      const finding = { StringEquals: { 'kms:MacAlgorithm': mac } };
      const Policy = ashaMay(['Encrypt', sealing], ['Decrypt', sealing], ['GenerateMac', finding]);
      await kms.putKeyPolicy({ KeyId, Policy });
      return [await seal('user/asha'), await open('user/asha'), await token('user/asha')];
    };
    expect(await tried('SYMMETRIC_DEFAULT', 'HMAC_SHA_256')).toEqual(['ok', 'ok', 'ok']);
    const no = 'ERR_ACCESS_DENIED';
    expect(await tried('SM2PKE', 'HMAC_SHA_512')).toEqual([no, no, no]);
  });

  it('ask for the algorithm of a code that the call names, before the key has its say', async () => {
    const { kms, key, keyring } = await keyService();
    const Policy = ashaMay([
      'GenerateMac',
      { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_384' } },
    ]);
    const KeyId = await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', Policy });
    const code = (MacAlgorithm: 'HMAC_SHA_256' | 'HMAC_SHA_384') =>
      outcome(
        keyring.as('user/asha', () => kms.generateMac({ KeyId, Message: text('x'), MacAlgorithm })),
      );
    expect(await code('HMAC_SHA_256')).toBe('ERR_ACCESS_DENIED');
    expect(await code('HMAC_SHA_384')).toBe('ERR_KEY_USAGE');
    const asked = { KeyId, Operation: 'GenerateMac', Principal: 'user/asha' } as const;
    expect(await kms.explainAccess(asked)).toMatchObject({ allowed: false });
  });

  it('ask how material is imported, and when it ends', async () => {
    const { kms, key, keyring } = await keyService();
    const end = START.getTime() + DAY_MS;
    const Policy = ashaMay(
      [
        'GetParametersForImport',
        {
          StringEquals: {
            'kms:WrappingAlgorithm': 'RSAES_OAEP_SHA_256',
            'kms:WrappingKeySpec': 'RSA_2048',
          },
        },
      ],
      [
        'ImportKeyMaterial',
        {
          StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' },
          NumericLessThanEquals: { 'kms:ValidTo': end / 1000 },
        },
      ],
    );
    const KeyId = await key({ Origin: 'EXTERNAL', Policy });
    const asAsha = (work: () => Promise<unknown>) => outcome(keyring.as('user/asha', work));
    const prepare = (changes: object) =>
      asAsha(() =>
        kms.getParametersForImport({
          KeyId,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
          ...changes,
        }),
      );
    expect(await prepare({})).toBe('ok');
    expect(await prepare({ WrappingKeySpec: 'RSA_3072' })).toBe('ERR_ACCESS_DENIED');
    const other = { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256' };
    expect(await prepare(other)).toBe('ERR_ACCESS_DENIED');
    const prepared = await prepareImport(kms, KeyId, new Uint8Array(32).fill(7));
    const bring = (until: object) =>
      asAsha(() => kms.importKeyMaterial({ KeyId, ...prepared, ...until }));
    const forever = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
    expect(await bring(forever)).toBe('ERR_ACCESS_DENIED');
    expect(await bring({ ValidTo: new Date(end + 1) })).toBe('ERR_ACCESS_DENIED');
    expect(await bring({ ValidTo: new Date(end) })).toBe('ok');
  });

  it.each([
    [{ tenant: 'a' }, 'ok'],
    [{ tenant: 'b' }, 'ERR_ACCESS_DENIED'],
    [{}, 'ERR_ACCESS_DENIED'],
  ])('ask for the encryption context: %j is %s', async (EncryptionContext, expected) => {
    const { kms, key, keyring } = await keyService();
    const Condition = { StringEquals: { 'fieldseal:EncryptionContext:tenant': 'a' } };
    const KeyId = await key({ Policy: ashaMay(['Encrypt', Condition]) });
    const request = { KeyId, Plaintext: text('x'), EncryptionContext };
    expect(await outcome(keyring.as('user/asha', () => kms.encrypt(request)))).toBe(expected);
  });
});
