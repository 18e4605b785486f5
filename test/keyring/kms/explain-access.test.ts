import type { Kms } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { POLICY_ACTION_NAMES } from '../../../packages/core/src/policy/policy-action.ts';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, outcome, refusal } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

const ROOT = 'service/development';
const ASHA = 'user/asha';
type Asked = Parameters<Kms['explainAccess']>[0];

/** What an operation needs to be asked about. */
const NEEDED: Readonly<Record<string, Asked['Request']>> = {
  CreateAlias: { AliasName: 'alias/kyc' },
  UpdateAlias: { AliasName: 'alias/kyc' },
  DeleteAlias: { AliasName: 'alias/kyc' },
  CreateGrant: { GranteePrincipal: ASHA, Operations: ['Decrypt'] },
  RetireGrant: { GrantId: '00000000-0000-4000-8000-000000000000' },
  GetParametersForImport: { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
  ImportKeyMaterial: { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
};

async function keyIf(action: string, Condition: object) {
  const service = await keyService();
  const document = JSON.parse(policyFor({ admin: ROOT }));
  document.Statement.push({
    Effect: 'Allow',
    Principal: { Fieldseal: ASHA },
    Action: [`fieldseal:${action}`],
    Resource: '*',
    Condition,
  });
  const KeyId = await service.key({ Policy: JSON.stringify(document) });
  const may = async (asked: Partial<Asked>) => {
    const request = { KeyId, Operation: action, Principal: ASHA, ...asked } as Asked;
    return (await service.kms.explainAccess(request)).allowed;
  };
  return { ...service, KeyId, may };
}

/** Actions that somebody has to be given by an identity policy. */
const NOBODYS = [
  'RotateRootKey',
  'AddSlot',
  'RemoveSlot',
  'TestSlot',
  'ExportSlots',
  'AcceptRestoredStore',
];

describe('explainAccess', () => {
  it.each(POLICY_ACTION_NAMES)('answers for %s, as the service does by default', async (action) => {
    const { kms, key } = await keyService();
    const Request = NEEDED[action];
    const asked = { KeyId: await key(), Operation: action };
    const { allowed } = await kms.explainAccess(
      Request === undefined ? asked : { ...asked, Request },
    );
    expect(allowed).toBe(!NOBODYS.includes(action));
    if (['CreateAlias', 'CreateGrant', 'RetireGrant'].includes(action)) {
      const call = kms.explainAccess(asked);
      expect(['ERR_REQUEST_INVALID', 'ERR_ALIAS_INVALID']).toContain(await outcome(call));
    }
  });

  it.each<[string, object, Partial<Asked>, Partial<Asked>]>([
    [
      'ScheduleKeyDeletion',
      { NumericGreaterThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '14' } },
      {},
      { Request: { PendingWindowInDays: 7 } },
    ],
    [
      'EnableKeyRotation',
      { NumericLessThan: { 'kms:RotationPeriodInDays': '100' } },
      { Request: { RotationPeriodInDays: 90 } },
      {},
    ],
    [
      'PutKeyPolicy',
      { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'false' } },
      {},
      { Request: { BypassPolicyLockoutSafetyCheck: true } },
    ],
    [
      'TagResource',
      { StringEquals: { 'aws:RequestTag/team': 'kyc' } },
      { Request: { Tags: [{ TagKey: 'team', TagValue: 'kyc' }] } },
      {},
    ],
    [
      'UntagResource',
      { StringEquals: { 'aws:TagKeys': 'team' } },
      { Request: { TagKeys: ['team'] } },
      { Request: { TagKeys: ['other'] } },
    ],
    [
      'ImportKeyMaterial',
      { StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' } },
      { Request: { ValidTo: new Date('2026-02-01') } },
      { Request: { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } },
    ],
    [
      'CreateGrant',
      { StringEquals: { 'kms:GrantOperations': 'Encrypt' } },
      { Request: { GranteePrincipal: 'user/ben', Operations: ['Encrypt'] } },
      { Request: { GranteePrincipal: 'user/ben', Operations: ['Decrypt'] } },
    ],
    [
      'ReEncryptFrom',
      { Bool: { 'kms:ReEncryptOnSameKey': 'true' } },
      { Request: { ReEncryptOnSameKey: true } },
      {},
    ],
    [
      'Decrypt',
      { StringEquals: { 'aws:PrincipalTag/team': 'kyc' } },
      { PrincipalTags: { team: 'kyc' } },
      { PrincipalTags: { team: 'x' } },
    ],
    [
      'Encrypt',
      { StringEquals: { 'kms:ViaService': 'prisma' } },
      { ViaService: 'prisma' },
      { ViaService: 'typeorm' },
    ],
  ])('asks %s with what the call takes: %j', async (action, Condition, yes, no) => {
    const { may } = await keyIf(action, Condition);
    expect([await may(yes), await may(no)]).toEqual([true, false]);
  });

  it('asks on the alias and on its key', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: ROOT }) });
    const free = await key();
    const asked = (on: string, AliasName: string) =>
      kms.explainAccess({
        KeyId: on,
        Operation: 'UpdateAlias',
        Principal: ASHA,
        Request: { AliasName },
      });
    await kms.createAlias({ AliasName: 'alias/strict', TargetKeyId: KeyId });
    const answers = [
      await asked(free, 'alias/free'),
      await asked(KeyId, 'alias/free'),
      await asked(free, 'alias/strict'),
    ];
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, false, false]);
  });

  it('tells of a key that loses its alias only those who may ask it', async () => {
    const { kms, key, keyring } = await keyService();
    const Policy = policyFor({ admin: ROOT, allow: { [ASHA]: ['ExplainAccess'] } });
    const KeyId = await key({ Policy });
    const strict = await key({ Policy: policyFor({ admin: ROOT }) });
    const open = await key({ Policy });
    await kms.createAlias({ AliasName: 'alias/strict', TargetKeyId: strict });
    await kms.createAlias({ AliasName: 'alias/open', TargetKeyId: open });
    const ask = (AliasName: string) =>
      keyring.as(ASHA, () =>
        outcome(kms.explainAccess({ KeyId, Operation: 'UpdateAlias', Request: { AliasName } })),
      );
    expect(await ask('alias/open')).toBe('ok');
    expect(await ask('alias/free')).toBe('ok');
    expect(await ask('alias/strict')).toBe('ERR_ACCESS_DENIED');
  });

  it('asks RetireGrant of the grant itself', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key({ Policy: policyFor({ admin: ROOT }) });
    const grant = { KeyId, GranteePrincipal: 'user/ben', Operations: ['Decrypt'] } as const;
    const { GrantId } = await kms.createGrant({ ...grant, RetiringPrincipal: ASHA });
    const other = await kms.createGrant(grant);
    const may = (id: string) =>
      kms.explainAccess({
        KeyId,
        Operation: 'RetireGrant',
        Principal: ASHA,
        Request: { GrantId: id },
      });
    expect(await may(GrantId)).toMatchObject({ reason: 'grant', source: { id: GrantId } });
    expect(await may(other.GrantId)).toMatchObject({ allowed: false });
  });

  it.each([
    [
      { Request: { PendingWindowInDays: 6 }, Operation: 'ScheduleKeyDeletion' },
      'PendingWindowInDays',
    ],
    [{ Request: { Policy: '{}' } }, 'Policy'],
    [{ PrincipalTags: { a: 1 } }, 'PrincipalTags'],
    [{ ViaService: '' }, 'ViaService'],
  ])('is refused with %j: ERR_REQUEST_INVALID', async (changes, option) => {
    const { kms, key } = await keyService();
    const asked = { KeyId: await key(), Operation: 'Decrypt', ...changes };
    await expect(kms.explainAccess(asked as unknown as Asked)).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option }),
    );
  });
});
