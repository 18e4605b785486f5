import type { AccessRequest } from './access-request.ts';
import { type ConditionCase, TENANT, tags, tenant, variable } from './condition-cases.fake.ts';

const BEFORE_2019 = { NumericLessThanEquals: { 'kms:ValidTo': '1546257599.0' } };
const validTo = (date: string): Partial<AccessRequest> => ({
  action: 'ImportKeyMaterial',
  validTo: Date.parse(date),
});

export const CONDITION_KEYS: readonly ConditionCase[] = [
  // "Context key names are not case-sensitive"
  [
    'names of condition keys have no case',
    { StringEquals: { 'KMS:encryptioncontext:TENANT': 't1' } },
    tenant('t1'),
    true,
  ],
  [
    'nor has the context itself',
    { StringEquals: { [TENANT]: 't1' } },
    { encryptionContext: { Tenant: 't1' } },
    true,
  ],
  // "Multiple condition operators, multiple keys: logical AND"
  [
    'both keys',
    { StringEquals: { [TENANT]: 't1', 'kms:EncryptionContext:app': 'a' } },
    { encryptionContext: { tenant: 't1', app: 'a' } },
    true,
  ],
  [
    'one of two keys',
    { StringEquals: { [TENANT]: 't1', 'kms:EncryptionContext:app': 'a' } },
    tenant('t1'),
    false,
  ],
  [
    'two keys negated: neither is it',
    { StringNotEquals: { [TENANT]: 't1', 'kms:EncryptionContext:app': 'a' } },
    tenant('t2'),
    true,
  ],
  [
    'two keys negated: one is it',
    { StringNotEquals: { [TENANT]: 't1', 'kms:EncryptionContext:app': 'a' } },
    tenant('t1'),
    false,
  ],
  [
    'both operators',
    { StringLike: { [TENANT]: 't*' }, Null: { [TENANT]: 'false' } },
    tenant('t1'),
    true,
  ],
  [
    'one of two operators',
    { StringLike: { [TENANT]: 't*' }, StringNotEquals: { [TENANT]: 't1' } },
    tenant('t1'),
    false,
  ],
  // the keys of AWS KMS
  [
    'RequestAlias',
    { StringEquals: { 'kms:RequestAlias': 'alias/kyc' } },
    { requestAlias: 'alias/kyc' },
    true,
  ],
  [
    'RequestAlias, named by its id',
    { StringEquals: { 'kms:RequestAlias': 'alias/kyc' } },
    {},
    false,
  ],
  ['ResourceAliases', { StringLike: { 'kms:ResourceAliases': 'alias/k*' } }, {}, true],
  ['ViaService', { StringEquals: { 'kms:ViaService': 'prisma' } }, { viaService: 'prisma' }, true],
  ['KeySpec', { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } }, {}, true],
  ['KeyUsage', { StringEquals: { 'kms:KeyUsage': 'SIGN_VERIFY' } }, {}, false],
  ['KeyOrigin', { StringEquals: { 'kms:KeyOrigin': 'FIELDSEAL' } }, {}, true],
  ['ResourceTag', { StringEquals: { 'aws:ResourceTag/Team': 'payments' } }, {}, true],
  [
    'RequestTag',
    { StringEquals: { 'aws:RequestTag/Team': 'a' } },
    { action: 'TagResource', requestTags: { Team: 'a' } },
    true,
  ],
  [
    'TagKeys',
    { StringEquals: { 'aws:TagKeys': ['Team'] } },
    { action: 'TagResource', requestTags: { Team: 'a' } },
    true,
  ],
  [
    'PrincipalTag',
    { StringEquals: { 'aws:PrincipalTag/role': 'clerk' } },
    tags({ role: 'clerk' }),
    true,
  ],
  ['PrincipalTag, absent', { StringEquals: { 'aws:PrincipalTag/role': 'clerk' } }, {}, false],
  ['PrincipalId', { StringLike: { 'fieldseal:PrincipalId': 'service/*' } }, {}, true],
  [
    'BypassPolicyLockoutSafetyCheck',
    { Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } },
    { action: 'PutKeyPolicy', bypassPolicyLockoutSafetyCheck: true },
    true,
  ],
  [
    'EncryptionAlgorithm of what seals',
    { StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } },
    { action: 'Encrypt' },
    true,
  ],
  [
    'EncryptionAlgorithm, another one',
    { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } },
    { action: 'GenerateDataKey' },
    false,
  ],
  [
    'EncryptionAlgorithm, where there is none',
    { Null: { 'kms:EncryptionAlgorithm': 'true' } },
    { action: 'GenerateMac' },
    true,
  ],
  [
    'MacAlgorithm',
    { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_512' } },
    { action: 'VerifyMac', macAlgorithm: 'HMAC_SHA_512' },
    true,
  ],
  [
    'WrappingAlgorithm and WrappingKeySpec',
    { StringLike: { 'kms:WrappingAlgorithm': '*_SHA_256', 'kms:WrappingKeySpec': 'RSA_4096' } },
    {
      action: 'GetParametersForImport',
      wrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      wrappingKeySpec: 'RSA_4096',
    },
    true,
  ],
  [
    'ExpirationModel',
    { StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' } },
    { action: 'ImportKeyMaterial', expirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
    false,
  ],
  // the number in the example of AWS
  ['ValidTo as a number', BEFORE_2019, validTo('2018-12-31T11:59:59Z'), true],
  [
    'ValidTo as a number, a millisecond later',
    BEFORE_2019,
    validTo('2018-12-31T11:59:59.001Z'),
    false,
  ],
  [
    'ValidTo as a date',
    { DateLessThan: { 'kms:ValidTo': '2019-01-01T00:00:00Z' } },
    validTo('2018-12-31T11:59:59Z'),
    true,
  ],
  ['ValidTo, absent', BEFORE_2019, { action: 'ImportKeyMaterial' }, false],
  // "Policy variables"
  [
    'a variable is filled from the request',
    { StringEquals: { [TENANT]: variable('aws:PrincipalTag/tenant') } },
    { ...tenant('t1'), ...tags({ tenant: 't1' }) },
    true,
  ],
  [
    'and compared',
    { StringEquals: { [TENANT]: variable('aws:PrincipalTag/tenant') } },
    { ...tenant('t1'), ...tags({ tenant: 't2' }) },
    false,
  ],
  [
    'a variable inside of a text',
    { StringLike: { [TENANT]: `org/${variable('aws:PrincipalTag/org')}/*` } },
    { ...tenant('org/a/b'), ...tags({ org: 'a' }) },
    true,
  ],
  [
    'a star in a tag is no wildcard',
    { StringLike: { [TENANT]: variable('aws:PrincipalTag/tenant') } },
    { ...tenant('t1'), ...tags({ tenant: '*' }) },
    false,
  ],
  [
    'a default where the key is absent',
    { StringEquals: { [TENANT]: variable("aws:PrincipalTag/tenant, 't0'") } },
    tenant('t0'),
    true,
  ],
  [
    'a default is not used where it is present',
    { StringEquals: { [TENANT]: variable("aws:PrincipalTag/tenant, 't0'") } },
    { ...tenant('t0'), ...tags({ tenant: 't1' }) },
    false,
  ],
  [
    'an escaped star is a star',
    { StringLike: { [TENANT]: `a${variable('*')}` } },
    tenant('ab'),
    false,
  ],
  [
    'an escaped star matches a star',
    { StringLike: { [TENANT]: `a${variable('*')}` } },
    tenant('a*'),
    true,
  ],
  [
    'other escaped characters',
    { StringEquals: { [TENANT]: variable('?') + variable('$') } },
    tenant('?$'),
    true,
  ],
];
