import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, lease } from '../open-keyrings.ts';
import { keyService, outcome, refusal } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const ROOT = 'service/development';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const HMAC = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;

function policyIf(actions: readonly string[], Condition: object): string {
  const Action = actions.map((action) => `fieldseal:${action}`);
  const only = {
    Effect: 'Allow',
    Principal: { Fieldseal: ROOT },
    Action,
    Resource: '*',
    Condition,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [only] });
}

describe('the waiting period of a deletion', () => {
  it('can be asked for by an Allow', async () => {
    const { kms, key } = await keyService({ countCells: async () => 0n });
    const days = {
      NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '14' },
    };
    const Policy = policyIf(['ScheduleKeyDeletion'], days);
    const KeyId = await key({ Policy, BypassPolicyLockoutSafetyCheck: true });
    const end = (PendingWindowInDays: number) =>
      outcome(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays }));
    expect([await end(13), await end(14)]).toEqual(['ERR_ACCESS_DENIED', 'ok']);
  });
});

describe('the check against lock-outs', () => {
  it('asks as the next call would, without the switch', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const asked = (value: string) =>
      policyIf(['PutKeyPolicy'], { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': value } });
    const put = (value: string) => outcome(kms.putKeyPolicy({ KeyId, Policy: asked(value) }));
    expect([await put('true'), await put('false')]).toEqual(['ERR_POLICY_MALFORMED', 'ok']);
  });

  it('knows the tags of a key that is about to be made', async () => {
    const { kms } = await keyService();
    const Policy = policyIf(['PutKeyPolicy'], { StringEquals: { 'aws:ResourceTag/team': 'kyc' } });
    const make = (TagValue: string) =>
      outcome(kms.createKey({ Policy, Tags: [{ TagKey: 'team', TagValue }] }));
    expect([await make('other'), await make('kyc')]).toEqual(['ERR_POLICY_MALFORMED', 'ok']);
  });
});

describe('constraints of grants', () => {
  const both = {
    EncryptionContextEquals: { tenant: 'a', app: 'kyc' },
    EncryptionContextSubset: { tenant: 'a' },
  };

  it('may be both, and both have to hold', async () => {
    const { kms, key, keyring } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: ROOT }) });
    const grant = { KeyId, GranteePrincipal: 'user/asha', Operations: ['Encrypt'] } as const;
    const { GrantId } = await kms.createGrant({ ...grant, Constraints: both });
    const { Grants } = await kms.listGrants({ KeyId, GrantId });
    expect(Grants[0]?.Constraints).toEqual(both);
    const seal = (EncryptionContext: Record<string, string>) =>
      outcome(
        keyring.as('user/asha', () =>
          kms.encrypt({ KeyId, Plaintext: new Uint8Array(1), EncryptionContext }),
        ),
      );
    expect(await seal({ tenant: 'a', app: 'kyc' })).toBe('ok');
    expect(await seal({ tenant: 'a' })).toBe('ERR_ACCESS_DENIED');
    await kms.revokeGrant({ KeyId, GrantId });
    const EncryptionContextSubset = { tenant: 'b' };
    await kms.createGrant({ ...grant, Constraints: { ...both, EncryptionContextSubset } });
    expect(await seal({ tenant: 'a', app: 'kyc' })).toBe('ERR_ACCESS_DENIED');
  });

  it('are for no key for codes, whatever the operations', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key(HMAC);
    const grant = { KeyId, GranteePrincipal: 'user/asha', Operations: ['DescribeKey'] } as const;
    const { EncryptionContextSubset } = both;
    const call = kms.createGrant({ ...grant, Constraints: { EncryptionContextSubset } });
    await expect(call).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option: 'Constraints' }));
    expect(await outcome(kms.createGrant(grant))).toBe('ok');
  });
});

describe('conditions on who asks, and how', () => {
  const ALIAS = 'alias/kyc';
  const SEAL = { seal: [{ alias: ALIAS, scope: {} }] };

  async function keyIf(Condition: object) {
    const service = await keyService();
    const { kms, key } = service;
    const Policy = policyIf(['Encrypt', 'Decrypt', 'GenerateMac'], Condition);
    const KeyId = await key();
    await kms.createAlias({ AliasName: ALIAS, TargetKeyId: KeyId });
    await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: KeyId });
    await kms.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true });
    const leased = (request: Parameters<typeof lease>[1]) =>
      outcome(lease(service.keyring, request).then((held) => held.release()));
    return { ...service, KeyId, leased };
  }

  it('know the tags that the application gives, and ask again for others', async () => {
    const service = await keyIf({ StringEquals: { 'aws:PrincipalTag/team': 'kyc' } });
    const { keyring, leased, another, kms, KeyId } = service;
    const encrypt = () => outcome(kms.encrypt({ KeyId, Plaintext: new Uint8Array(1) }));
    for (const work of [() => leased(SEAL), encrypt]) {
      const as = (tags?: Record<string, string>) =>
        keyring.as(tags === undefined ? ROOT : { id: ROOT, tags }, work);
      const answers = [
        await as({ team: 'kyc' }),
        await as({ team: 'x' }),
        await as(),
        await work(),
      ];
      const no = 'ERR_ACCESS_DENIED';
      expect(answers).toEqual(['ok', no, no, no]);
    }
    const tagged = await another({ principal: { id: ROOT, tags: { team: 'kyc' } } });
    expect(await outcome(lease(tagged, SEAL))).toBe('ok');
  });

  it.each([
    { id: 'a b' },
    { id: ROOT, tags: { team: 1 } },
    { id: ROOT, tags: [] },
    { id: ROOT, tags: { '': 'x' } },
    { id: ROOT, tags: { team: 'x'.repeat(257) } },
    { id: ROOT, tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ''])) },
    { id: ROOT, name: ROOT },
    null,
  ])('are for a principal with tags, not for what is none: ERR_CONFIG_INVALID', async (given) => {
    const { keyring, another } = await keyService();
    const invalid = refusal('ERR_CONFIG_INVALID', { option: 'principal' });
    await expect(keyring.as(given as never, () => 1)).rejects.toThrow(invalid);
    await expect(another({ principal: given as never })).rejects.toThrow(invalid);
  });

  it('know the alias by which a sealed field names its key, and no other', async () => {
    const { leased } = await keyIf({ StringEquals: { 'kms:RequestAlias': ALIAS } });
    const other = { seal: [{ alias: 'alias/other', scope: {} }] };
    const [named, notNamed] = [await leased(SEAL), await leased(other)];
    expect([named, notNamed]).toEqual(['ok', 'ERR_ACCESS_DENIED']);
    expect(await leased({ index: [{ alias: ALIAS }] })).toBe('ok');
    expect(await leased({ index: [{ alias: 'alias/other' }] })).toBe('ERR_ACCESS_DENIED');
  });

  it('know the adapter of a sealed field, when it is sealed and when it is opened', async () => {
    const { keyring, leased } = await keyIf({ StringEquals: { 'kms:ViaService': 'prisma' } });
    const request = { ...SEAL, operation: 'test', via: 'prisma' };
    expect(await leased(SEAL)).toBe('ERR_ACCESS_DENIED');
    const held = await lease(keyring, request);
    const { id } = held.sealing(ALIAS, {});
    held.release();
    expect(await leased({ open: [id], via: 'prisma' })).toBe('ok');
    expect(await leased({ open: [id], via: 'typeorm' })).toBe('ERR_ACCESS_DENIED');
    expect(await leased({ open: [id] })).toBe('ERR_ACCESS_DENIED');
  });
});

describe('what is malformed', () => {
  const decrypts = { GranteePrincipal: 'user/asha', Operations: ['Decrypt'] } as const;

  it.each([
    ['DryRun', { DryRun: 'yes' }],
    ['operations', { Operations: [] }],
    ['Name', { Name: 'a b' }],
  ])('is that before a grant is asked for in vain: %s', async (option, changes) => {
    const { kms, key, keyring } = await keyService();
    const strict = await key({ Policy: policyFor({ admin: ROOT }) });
    const disabled = await key();
    await kms.disableKey({ KeyId: disabled });
    const invalid = refusal('ERR_REQUEST_INVALID', { option });
    for (const KeyId of [UNKNOWN, strict, disabled]) {
      const call = keyring.as('user/mallory', () =>
        kms.createGrant({ KeyId, ...decrypts, ...(changes as object) }),
      );
      await expect(call).rejects.toThrow(invalid);
    }
  });

  it('is that before the key of a policy is looked for', async () => {
    const { kms } = await keyService();
    const put = (Policy: string, more: object = {}) =>
      outcome(kms.putKeyPolicy({ KeyId: UNKNOWN, Policy, ...more }));
    expect(await put('{}')).toBe('ERR_POLICY_MALFORMED');
    expect(await put('')).toBe('ERR_REQUEST_INVALID');
    const valid = policyFor({ admin: ROOT });
    expect(await put(valid, { PolicyName: 'other' })).toBe('ERR_REQUEST_INVALID');
    expect(await put(valid)).toBe('ERR_KEY_NOT_FOUND');
  });
});
