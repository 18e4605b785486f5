import type { PolicyAction } from './policy-action.ts';

/** Roles that templates make statements for. */
export type PolicyRole =
  | 'administrator'
  | 'encryptOnly'
  | 'decryptOnly'
  | 'user'
  | 'rotator'
  | 'reEncryptor'
  | 'auditor';

/**
 * What each role may do. The lists are written out: an action that a later version adds is in no
 * role before somebody puts it there.
 */
export const POLICY_ROLES: Readonly<Record<PolicyRole, readonly PolicyAction[]>> = Object.freeze({
  /** Everything around a key, and no use of it. */
  administrator: [
    'CreateKey',
    'DescribeKey',
    'ListKeys',
    'UpdateKeyDescription',
    'EnableKey',
    'DisableKey',
    'ScheduleKeyDeletion',
    'CancelKeyDeletion',
    'TagResource',
    'UntagResource',
    'ListResourceTags',
    'CreateAlias',
    'UpdateAlias',
    'DeleteAlias',
    'ListAliases',
    'EnableKeyRotation',
    'DisableKeyRotation',
    'GetKeyRotationStatus',
    'RotateKeyOnDemand',
    'ListKeyRotations',
    'GetKeyPolicy',
    'PutKeyPolicy',
    'ListKeyPolicies',
    'CreateGrant',
    'ListGrants',
    'ListRetirableGrants',
    'RetireGrant',
    'RevokeGrant',
    'GetParametersForImport',
    'ImportKeyMaterial',
    'DeleteImportedKeyMaterial',
    'GetKeyLastUsage',
    'RevokeKeyVersion',
    'SetMinDecryptVersion',
    'RetireKeyVersion',
    'CancelKeyVersionRetirement',
    'ExplainAccess',
    'CountLiveCells',
    'RotateRootKey',
    'AddSlot',
    'RemoveSlot',
    'TestSlot',
    'ExportSlots',
    'AcceptRestoredStore',
    'Shred',
    'SetPhase',
    'SetIndexState',
  ],
  /** Writes what it cannot read. Tokens are MACs, and a row has to be found again. */
  encryptOnly: [
    'DescribeKey',
    'Encrypt',
    'ReEncryptTo',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateMac',
  ],
  /** Reads, and looks up by tokens. */
  decryptOnly: ['DescribeKey', 'Decrypt', 'GenerateMac', 'VerifyMac'],
  user: [
    'DescribeKey',
    'Encrypt',
    'Decrypt',
    'ReEncryptFrom',
    'ReEncryptTo',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateMac',
    'VerifyMac',
    'GenerateRandom',
  ],
  /** New versions, and data keys under them: no plaintext. */
  rotator: [
    'DescribeKey',
    'ListKeys',
    'RotateKeyOnDemand',
    'GetKeyRotationStatus',
    'ListKeyRotations',
    'RewrapDataKeys',
  ],
  /**
   * Moves what is sealed from key to key. The job opens and seals cells in its own process, so that
   * whoever runs it is a `user` of the keys, too.
   */
  reEncryptor: [
    'DescribeKey',
    'ListKeys',
    'ReEncryptFrom',
    'ReEncryptTo',
    'StartReEncrypt',
    'CountLiveCells',
    'SetPhase',
    'SetIndexState',
  ],
  /** Sees everything but plaintext, changes nothing. */
  auditor: [
    'DescribeKey',
    'ListKeys',
    'ListResourceTags',
    'ListAliases',
    'GetKeyRotationStatus',
    'ListKeyRotations',
    'GetKeyPolicy',
    'ListKeyPolicies',
    'ListGrants',
    'ListRetirableGrants',
    'GetKeyLastUsage',
    'ExplainAccess',
    'CountLiveCells',
    'VerifyAudit',
  ],
});
