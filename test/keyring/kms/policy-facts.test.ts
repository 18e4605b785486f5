import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
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
