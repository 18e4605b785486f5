import { awsName, type ErrorCode } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { keyService, outcome, refusal, text } from './key-service.ts';
import { policyFor } from './policy-documents.ts';

closeKeyringsAfterEach();

/** A request that is right but for one member, and the option that the error has to name. */
type Wrong = readonly [operation: string, changes: object, option: string];

const KEY = '6f1b1f0e-6f0a-4e0c-9d55-1d2f3c4b5a69';
const BYTES = new Uint8Array(1);

const RIGHT: Readonly<Record<string, object>> = {
  createKey: {},
  describeKey: { KeyId: KEY },
  listKeys: {},
  updateKeyDescription: { KeyId: KEY, Description: '' },
  enableKey: { KeyId: KEY },
  disableKey: { KeyId: KEY },
  scheduleKeyDeletion: { KeyId: KEY },
  cancelKeyDeletion: { KeyId: KEY },
  createAlias: { AliasName: 'alias/a', TargetKeyId: KEY },
  updateAlias: { AliasName: 'alias/kyc', TargetKeyId: KEY },
  deleteAlias: { AliasName: 'alias/a' },
  listAliases: {},
  tagResource: { KeyId: KEY, Tags: [] },
  untagResource: { KeyId: KEY, TagKeys: [] },
  listResourceTags: { KeyId: KEY },
  getKeyPolicy: { KeyId: KEY },
  putKeyPolicy: { KeyId: KEY, Policy: policyFor({ admin: 'service/development' }) },
  listKeyPolicies: { KeyId: KEY },
  explainAccess: { KeyId: KEY, Operation: 'Decrypt' },
  createGrant: { KeyId: KEY, GranteePrincipal: 'user/a', Operations: ['Decrypt'] },
  listGrants: { KeyId: KEY },
  listRetirableGrants: { RetiringPrincipal: 'user/a' },
  retireGrant: { KeyId: KEY, GrantId: KEY },
  revokeGrant: { KeyId: KEY, GrantId: KEY },
  enableKeyRotation: { KeyId: KEY },
  disableKeyRotation: { KeyId: KEY },
  getKeyRotationStatus: { KeyId: KEY },
  rotateKeyOnDemand: { KeyId: KEY },
  listKeyRotations: { KeyId: KEY },
  revokeKeyVersion: { KeyId: KEY, Version: 1 },
  setMinDecryptVersion: { KeyId: KEY, Version: 1 },
  retireKeyVersion: { KeyId: KEY, Version: 1 },
  cancelKeyVersionRetirement: { KeyId: KEY, Version: 1 },
  encrypt: { KeyId: KEY, Plaintext: BYTES },
  decrypt: { CiphertextBlob: BYTES },
  reEncrypt: { CiphertextBlob: BYTES, DestinationKeyId: KEY },
  generateDataKey: { KeyId: KEY, KeySpec: 'AES_256' },
  generateDataKeyWithoutPlaintext: { KeyId: KEY, KeySpec: 'AES_256' },
  generateRandom: { NumberOfBytes: 1 },
  generateMac: { KeyId: KEY, Message: BYTES, MacAlgorithm: 'HMAC_SHA_256' },
  verifyMac: { KeyId: KEY, Message: BYTES, Mac: BYTES, MacAlgorithm: 'HMAC_SHA_256' },
  getParametersForImport: {
    KeyId: KEY,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  },
  importKeyMaterial: {
    KeyId: KEY,
    ImportToken: BYTES,
    EncryptedKeyMaterial: BYTES,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  },
  deleteImportedKeyMaterial: { KeyId: KEY },
  proposeChange: {
    Operation: 'CreateGrant',
    Request: { KeyId: KEY, GranteePrincipal: 'user/a', Operations: ['Decrypt'] },
  },
  approveChange: { ProposalId: KEY, Approver: 'a', Signature: BYTES },
  listProposals: { KeyId: KEY },
  getKeyLastUsage: { KeyId: KEY },
  shred: { Tenant: 'acme' },
  listShreds: {},
  confirmChange: { ProposalId: KEY },
  withdrawProposal: { ProposalId: KEY },
};

const WRONG: readonly Wrong[] = [
  ['createKey', { Description: 'd'.repeat(8193) }, 'Description'],
  ['createKey', { Description: 'nul\0' }, 'Description'],
  ['createKey', { KeySpec: 'RSA_2048' }, 'KeySpec'],
  ['createKey', { KeyUsage: 'SIGN_VERIFY' }, 'KeyUsage'],
  ['createKey', { KeyUsage: 'GENERATE_VERIFY_MAC' }, 'KeyUsage'],
  ['createKey', { KeySpec: 'HMAC_256' }, 'KeyUsage'],
  ['createKey', { Origin: 'AWS_KMS' }, 'Origin'],
  [
    'createKey',
    { Origin: 'EXTERNAL', KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' },
    'KeySpec',
  ],
  ['createKey', { BypassPolicyLockoutSafetyCheck: 'yes' }, 'BypassPolicyLockoutSafetyCheck'],
  ['createKey', { Policy: '' }, 'Policy'],
  ['createKey', { Policy: 'x'.repeat(131_073) }, 'Policy'],
  ['listKeys', { Limit: 0 }, 'Limit'],
  ['listKeys', { Limit: 1001 }, 'Limit'],
  ['listKeys', { Limit: '1' }, 'Limit'],
  ['listKeys', { Marker: '' }, 'Marker'],
  ['listKeys', { Marker: 'm'.repeat(1025) }, 'Marker'],
  ['listAliases', { Limit: 101 }, 'Limit'],
  ['listGrants', { Limit: 101 }, 'Limit'],
  ['listResourceTags', { Limit: 51 }, 'Limit'],
  ['listKeyPolicies', { Limit: 0 }, 'Limit'],
  ['listKeyRotations', { IncludeKeyMaterial: 'SOME' }, 'IncludeKeyMaterial'],
  ['listRetirableGrants', { RetiringPrincipal: undefined }, 'RetiringPrincipal'],
  ['revokeGrant', { GrantId: '' }, 'GrantId'],
  ['retireGrant', { GrantId: 'g'.repeat(129) }, 'GrantId'],
  ['encrypt', { GrantTokens: 'token' }, 'GrantTokens'],
  ['encrypt', { GrantTokens: [''] }, 'GrantTokens'],
  ['encrypt', { GrantTokens: Array.from({ length: 11 }, () => 'token') }, 'GrantTokens'],
  ['reEncrypt', { SourceEncryptionAlgorithm: 'AES' }, 'SourceEncryptionAlgorithm'],
  ['reEncrypt', { DestinationEncryptionAlgorithm: 'AES' }, 'DestinationEncryptionAlgorithm'],
  ['importKeyMaterial', { ImportType: 'NEW' }, 'ImportType'],
  ['importKeyMaterial', { KeyMaterialId: 'x' }, 'KeyMaterialId'],
  ['deleteImportedKeyMaterial', { KeyMaterialId: 'x' }, 'KeyMaterialId'],
  ['updateKeyDescription', { Description: undefined }, 'Description'],
  ['scheduleKeyDeletion', { PendingWindowInDays: 6 }, 'PendingWindowInDays'],
  ['scheduleKeyDeletion', { PendingWindowInDays: 31 }, 'PendingWindowInDays'],
  ['scheduleKeyDeletion', { PendingWindowInDays: 7.5 }, 'PendingWindowInDays'],
  ['scheduleKeyDeletion', { PendingWindowInDays: null }, 'PendingWindowInDays'],
  ['enableKeyRotation', { RotationPeriodInDays: 89 }, 'RotationPeriodInDays'],
  ['enableKeyRotation', { RotationPeriodInDays: 2561 }, 'RotationPeriodInDays'],
  ['enableKeyRotation', { RotationPeriodInDays: Number.NaN }, 'RotationPeriodInDays'],
  ['getKeyPolicy', { PolicyName: 'other policy' }, 'PolicyName'],
  ['getKeyPolicy', { PolicyName: 'p'.repeat(129) }, 'PolicyName'],
  ['putKeyPolicy', { PolicyName: 'other' }, 'PolicyName'],
  ['explainAccess', { Operation: 'Everything' }, 'Operation'],
  ['explainAccess', { Operation: 'toString' }, 'Operation'],
  ['explainAccess', { Principal: 'a b' }, 'Principal'],
  ['encrypt', { Plaintext: new Uint8Array(0) }, 'Plaintext'],
  ['encrypt', { Plaintext: new Uint8Array(4097) }, 'Plaintext'],
  ['encrypt', { Plaintext: 'text' }, 'Plaintext'],
  ['encrypt', { Plaintext: [1] }, 'Plaintext'],
  ['encrypt', { EncryptionAlgorithm: 'AES_256' }, 'EncryptionAlgorithm'],
  ['listGrants', { GrantId: '' }, 'GrantId'],
  ['listGrants', { GranteePrincipal: 'a b' }, 'GranteePrincipal'],
  ['createGrant', { Name: 'of Asha' }, 'Name'],
  ['createGrant', { Name: 'n'.repeat(257) }, 'Name'],
  ['importKeyMaterial', { ImportToken: new Uint8Array(6145) }, 'ImportToken'],
  ['encrypt', { EncryptionContext: 'tenant' }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: ['a'] }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: { a: 1 } }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: { '': 'a' } }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: { ['n'.repeat(256)]: 'a' } }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: { a: 'v'.repeat(8192) } }, 'EncryptionContext'],
  ['encrypt', { EncryptionContext: { a: '\udc00' } }, 'EncryptionContext'],
  [
    'encrypt',
    { EncryptionContext: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, ''])) },
    'EncryptionContext',
  ],
  ['encrypt', { DryRun: 1 }, 'DryRun'],
  ['decrypt', { CiphertextBlob: new Uint8Array(0) }, 'CiphertextBlob'],
  ['decrypt', { CiphertextBlob: new Uint8Array(6145) }, 'CiphertextBlob'],
  ['reEncrypt', { SourceEncryptionContext: 1 }, 'SourceEncryptionContext'],
  ['reEncrypt', { DestinationEncryptionContext: 1 }, 'DestinationEncryptionContext'],
  ['reEncrypt', { DestinationKeyId: undefined }, 'DestinationKeyId'],
  ['generateDataKey', { KeySpec: undefined }, 'KeySpec'],
  ['generateDataKey', { NumberOfBytes: 32 }, 'KeySpec'],
  ['generateDataKey', { KeySpec: 'AES_192' }, 'KeySpec'],
  ['generateDataKey', { KeySpec: undefined, NumberOfBytes: 1025 }, 'NumberOfBytes'],
  ['generateDataKey', { KeySpec: undefined, NumberOfBytes: 0 }, 'NumberOfBytes'],
  ['generateRandom', { NumberOfBytes: 1025 }, 'NumberOfBytes'],
  ['generateRandom', { NumberOfBytes: undefined }, 'NumberOfBytes'],
  ['generateMac', { Message: new Uint8Array(4097) }, 'Message'],
  ['generateMac', { MacAlgorithm: undefined }, 'MacAlgorithm'],
  ['verifyMac', { Mac: new Uint8Array(0) }, 'Mac'],
  ['getParametersForImport', { WrappingAlgorithm: 'RSAES_PKCS1_V1_5' }, 'WrappingAlgorithm'],
  ['getParametersForImport', { WrappingKeySpec: 'RSA_1024' }, 'WrappingKeySpec'],
  ['importKeyMaterial', { ImportToken: new Uint8Array(8193) }, 'ImportToken'],
  ['importKeyMaterial', { ExpirationModel: 'NEVER' }, 'ExpirationModel'],
  ['importKeyMaterial', { ExpirationModel: undefined }, 'ValidTo'],
  ['importKeyMaterial', { ValidTo: new Date() }, 'ValidTo'],
  [
    'importKeyMaterial',
    { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(Number.NaN) },
    'ValidTo',
  ],
  [
    'importKeyMaterial',
    { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date('2025-12-31') },
    'ValidTo',
  ],
  [
    'importKeyMaterial',
    { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date('2027-01-02') },
    'ValidTo',
  ],
  ['revokeKeyVersion', { Version: 0 }, 'Version'],
  ['untagResource', { TagKeys: 'a' }, 'TagKeys'],
];

type Operations = Readonly<Record<string, (request: unknown) => Promise<unknown>>>;

describe('a request', () => {
  it('is described here for every operation of the service', async () => {
    const { kms } = await keyService();
    expect(Object.keys(kms).toSorted()).toEqual(Object.keys(RIGHT).toSorted());
  });

  it.each(Object.keys(RIGHT))('to %s has no unknown member and is an object', async (name) => {
    const { kms } = await keyService();
    const operation = (kms as unknown as Operations)[name] as (r: unknown) => Promise<unknown>;
    await expect(operation({ ...RIGHT[name], KeyID: KEY })).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option: 'KeyID' }),
    );
    await expect(operation(null)).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option: 'request' }),
    );
    await expect(operation('text')).rejects.toThrow(
      refusal('ERR_REQUEST_INVALID', { option: 'request' }),
    );
  });

  it.each(Object.keys(RIGHT).filter((name) => Object.hasOwn(RIGHT[name] as object, 'KeyId')))(
    'to %s names a key by its id',
    async (name) => {
      const { kms } = await keyService();
      const operation = (kms as unknown as Operations)[name] as (r: unknown) => Promise<unknown>;
      for (const KeyId of [undefined, null, 7, '', 'k'.repeat(2049)]) {
        await expect(operation({ ...RIGHT[name], KeyId })).rejects.toThrow(
          refusal('ERR_REQUEST_INVALID', { option: 'KeyId' }),
        );
      }
      for (const KeyId of ['kyc', KEY.toUpperCase(), `key/${KEY}`, '../x', 'k'.repeat(2048)]) {
        await expect(operation({ ...RIGHT[name], KeyId })).rejects.toThrow(
          refusal('ERR_KEY_NOT_FOUND', { option: 'KeyId' }),
        );
      }
      expect(await outcome(operation(RIGHT[name]))).toBe('ERR_KEY_NOT_FOUND');
    },
  );

  it.each(WRONG)('to %s is not %j', async (name, changes, option) => {
    const { kms, key } = await keyService();
    const keyId = await key();
    await kms.createAlias({ AliasName: 'alias/kyc', TargetKeyId: keyId });
    const operation = (kms as unknown as Operations)[name] as (r: unknown) => Promise<unknown>;
    const own = Object.hasOwn(RIGHT[name] as object, 'KeyId') ? { KeyId: keyId } : {};
    const call = operation({ ...RIGHT[name], ...own, ...changes });
    await expect(call).rejects.toThrow(refusal('ERR_REQUEST_INVALID', { option }));
  });
});

describe('what has an exception of its own in AWS KMS', () => {
  const twice = [
    { TagKey: 'team', TagValue: 'a' },
    { TagKey: 'team', TagValue: 'b' },
  ];
  const reserved = [{ TagKey: 'AWS:team', TagValue: '' }];

  it.each([
    ['ERR_KEY_USAGE', 'encrypt', { EncryptionAlgorithm: 'SM2PKE' }, 'EncryptionAlgorithm'],
    ['ERR_KEY_USAGE', 'decrypt', { EncryptionAlgorithm: 'SM2PKE' }, 'EncryptionAlgorithm'],
    [
      'ERR_KEY_USAGE',
      'reEncrypt',
      { DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
      'DestinationEncryptionAlgorithm',
    ],
    ['ERR_MARKER_INVALID', 'listKeys', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listAliases', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listGrants', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listRetirableGrants', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listKeyRotations', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listResourceTags', { Marker: 'unknown' }, 'Marker'],
    ['ERR_MARKER_INVALID', 'listResourceTags', { Marker: `${KEY}.team` }, 'Marker'],
    ['ERR_KEY_NOT_FOUND', 'getKeyPolicy', { PolicyName: 'other' }, 'PolicyName'],
    ['ERR_TAG_INVALID', 'tagResource', { Tags: twice }, 'Tags'],
    ['ERR_TAG_INVALID', 'createKey', { Tags: twice }, 'Tags'],
    ['ERR_TAG_INVALID', 'tagResource', { Tags: reserved }, 'TagKey'],
    ['ERR_TAG_INVALID', 'createKey', { Tags: [{ TagKey: 'Fieldseal:x', TagValue: '' }] }, 'TagKey'],
    ['ERR_TAG_INVALID', 'untagResource', { TagKeys: ['aws:team'] }, 'TagKey'],
    ['ERR_TAG_INVALID', 'untagResource', { TagKeys: ['a*'] }, 'TagKey'],
    ['ERR_TAG_INVALID', 'tagResource', { Tags: [{ TagKey: 'a\n', TagValue: '' }] }, 'TagKey'],
    ['ERR_TAG_INVALID', 'createKey', { Tags: [{ TagKey: 'a', TagValue: '<b>' }] }, 'TagValue'],
    ['ERR_GRANT_TOKEN_INVALID', 'encrypt', { GrantTokens: ['token'] }, 'GrantTokens'],
    ['ERR_GRANT_TOKEN_INVALID', 'createGrant', { GrantTokens: ['token'] }, 'GrantTokens'],
    ['ERR_ARN_INVALID', 'describeKey', { KeyId: `arn:aws:kms:::key/${KEY}` }, 'KeyId'],
    ['ERR_ARN_INVALID', 'encrypt', { KeyId: 'arn:aws:kms:::alias/kyc' }, 'KeyId'],
    ['ERR_ARN_INVALID', 'createAlias', { TargetKeyId: `arn:aws:kms:::key/${KEY}` }, 'TargetKeyId'],
  ] as const)('%s by %s with %j', async (code, name, changes, option) => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const operation = (kms as unknown as Operations)[name] as (r: unknown) => Promise<unknown>;
    const own = Object.hasOwn(RIGHT[name] as object, 'KeyId') ? { KeyId } : {};
    const call = operation({ ...RIGHT[name], ...own, ...changes });
    await expect(call).rejects.toThrow(refusal(code, { option }));
  });
});

describe('a policy with characters above U+00FF', () => {
  it('is ERR_REQUEST_INVALID, and one that writes them as escapes is taken', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const { Policy } = await kms.getKeyPolicy({ KeyId });
    const limited = (tenant: string) => {
      const document = JSON.parse(Policy);
      const Condition = { StringEquals: { 'kms:EncryptionContext:tenant': tenant } };
      document.Statement.push({ ...document.Statement[0], Sid: 'Tenant', Condition });
      return JSON.stringify(document);
    };
    const wrong = refusal('ERR_REQUEST_INVALID', { option: 'Policy' });
    for (const refused of [
      limited('\u0100'),
      limited('\u{1f511}'),
      `${Policy}\v`,
      `\ufeff${Policy}`,
    ]) {
      await expect(kms.putKeyPolicy({ KeyId, Policy: refused })).rejects.toThrow(wrong);
      await expect(kms.createKey({ Policy: refused })).rejects.toThrow(wrong);
    }
    expect(await kms.getKeyPolicy({ KeyId })).toMatchObject({ Policy });
    const escaped = limited('Jos\u00e9 \u0915').replace('\u0915', '\\u0915');
    await kms.putKeyPolicy({ KeyId, Policy: `${escaped}\t\r\n` });
    expect(await kms.getKeyPolicy({ KeyId })).toMatchObject({ Policy: `${escaped}\t\r\n` });
  });
});

describe('a policy of more than 32,768 bytes', () => {
  it('is ERR_LIMIT_EXCEEDED, also with fewer characters', async () => {
    const { kms, key } = await keyService();
    const KeyId = await key();
    const limitBytes = 32_768;
    for (const [Policy, sizeBytes] of [
      ['x'.repeat(32_769), 32_769],
      ['\u00e9'.repeat(16_385), 32_770],
    ] as const) {
      const tooLong = refusal('ERR_LIMIT_EXCEEDED', { limitBytes, sizeBytes });
      await expect(kms.putKeyPolicy({ KeyId, Policy })).rejects.toThrow(tooLong);
      await expect(kms.createKey({ Policy })).rejects.toThrow(tooLong);
    }
  });
});

describe('the name of an error in AWS KMS', () => {
  it.each([
    ['ERR_KEY_NOT_FOUND', 'NotFoundException'],
    ['ERR_KEY_DISABLED', 'DisabledException'],
    ['ERR_KEY_STATE', 'KMSInvalidStateException'],
    ['ERR_KEY_UNAVAILABLE', 'KeyUnavailableException'],
    ['ERR_KEY_INCORRECT', 'IncorrectKeyException'],
    ['ERR_KEY_USAGE', 'InvalidKeyUsageException'],
    ['ERR_KEY_MATERIAL_INCORRECT', 'IncorrectKeyMaterialException'],
    ['ERR_CIPHERTEXT_REJECTED', 'InvalidCiphertextException'],
    ['ERR_MAC_INVALID', 'KMSInvalidMacException'],
    ['ERR_IMPORT_TOKEN_INVALID', 'InvalidImportTokenException'],
    ['ERR_IMPORT_TOKEN_EXPIRED', 'ExpiredImportTokenException'],
    ['ERR_ROTATION_CONFLICT', 'ConflictException'],
    ['ERR_ARN_INVALID', 'InvalidArnException'],
    ['ERR_MARKER_INVALID', 'InvalidMarkerException'],
    ['ERR_TAG_INVALID', 'TagException'],
    ['ERR_GRANT_TOKEN_INVALID', 'InvalidGrantTokenException'],
    ['ERR_STORE_CONFLICT', 'KMSInternalException'],
    ['ERR_STORE_UNAVAILABLE', 'DependencyTimeoutException'],
    ['ERR_INTERNAL', 'KMSInternalException'],
    ['ERR_ALIAS_INVALID', 'InvalidAliasNameException'],
    ['ERR_ALIAS_EXISTS', 'AlreadyExistsException'],
    ['ERR_LIMIT_EXCEEDED', 'LimitExceededException'],
    ['ERR_POLICY_MALFORMED', 'MalformedPolicyDocumentException'],
    ['ERR_OPERATION_UNSUPPORTED', 'UnsupportedOperationException'],
    ['ERR_DRY_RUN', 'DryRunOperationException'],
    ['ERR_ACCESS_DENIED', 'AccessDeniedException'],
    ['ERR_REQUEST_INVALID', 'ValidationException'],
    ['ERR_GRANT_NOT_FOUND', 'InvalidGrantIdException'],
    ['ERR_KEY_DESTROYED', undefined],
    ['ERR_KEY_VERSION_REVOKED', undefined],
  ] as const)('%s is %s', (code: ErrorCode, name) => {
    expect(awsName(code)).toBe(name);
  });
});

describe('a closed keyring', () => {
  it('does nothing: ERR_KEYRING_CLOSED', async () => {
    const { kms, keyring, key } = await keyService();
    const KeyId = await key();
    await keyring.close();
    expect(await outcome(kms.encrypt({ KeyId, Plaintext: text('x') }))).toBe('ERR_KEYRING_CLOSED');
    expect(await outcome(kms.describeKey({ KeyId }))).toBe('ERR_KEYRING_CLOSED');
  });
});
