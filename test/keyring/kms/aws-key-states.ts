import type { KeyOperation } from '../../../packages/core/src/keys/key-states.ts';

/** The states that AWS KMS and Fieldseal have in common. */
export const AWS_STATES = ['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'] as const;

const OK = 'ok';
const DISABLED = 'DisabledException';
const STATE = 'KMSInvalidStateException';
const UNSUPPORTED = 'UnsupportedOperationException';

type Row = readonly [string, string, string, string];

/**
 * "Key states of AWS KMS keys" of the developer guide, written down a second time, by hand, so that
 * a mistake in the table that the product is made of is one. Where AWS gives two errors (a key that
 * waits for its deletion, for cryptography) the one that its API pages name is here. In the order
 * of {@link AWS_STATES}; ReEncrypt is told apart by the role of the key, UpdateAlias is about the
 * key that gets the alias.
 */
export const AWS_KEY_STATES: Readonly<Partial<Record<KeyOperation, Row>>> = {
  CancelKeyDeletion: [STATE, STATE, OK, STATE],
  CreateAlias: [OK, OK, STATE, OK],
  CreateGrant: [OK, DISABLED, STATE, STATE],
  Decrypt: [OK, DISABLED, STATE, STATE],
  DeleteAlias: [OK, OK, OK, OK],
  DeleteImportedKeyMaterial: [OK, OK, OK, OK],
  DescribeKey: [OK, OK, OK, OK],
  DisableKey: [OK, OK, STATE, STATE],
  DisableKeyRotation: [OK, DISABLED, STATE, UNSUPPORTED],
  EnableKey: [OK, OK, STATE, STATE],
  EnableKeyRotation: [OK, DISABLED, STATE, UNSUPPORTED],
  Encrypt: [OK, DISABLED, STATE, STATE],
  GenerateDataKey: [OK, DISABLED, STATE, STATE],
  GenerateDataKeyWithoutPlaintext: [OK, DISABLED, STATE, STATE],
  GenerateMac: [OK, DISABLED, STATE, STATE],
  GetKeyPolicy: [OK, OK, OK, OK],
  GetParametersForImport: [OK, OK, STATE, OK],
  ImportKeyMaterial: [OK, OK, STATE, OK],
  ListAliases: [OK, OK, OK, OK],
  ListGrants: [OK, OK, OK, OK],
  ListKeyPolicies: [OK, OK, OK, OK],
  ListKeyRotations: [OK, OK, OK, OK],
  ListResourceTags: [OK, OK, OK, OK],
  PutKeyPolicy: [OK, OK, OK, OK],
  ReEncryptFrom: [OK, DISABLED, STATE, STATE],
  ReEncryptTo: [OK, DISABLED, STATE, STATE],
  RetireGrant: [OK, OK, OK, OK],
  RevokeGrant: [OK, OK, OK, OK],
  ScheduleKeyDeletion: [OK, OK, STATE, OK],
  TagResource: [OK, OK, STATE, OK],
  UntagResource: [OK, OK, STATE, OK],
  UpdateAlias: [OK, OK, STATE, OK],
  UpdateKeyDescription: [OK, OK, STATE, OK],
  VerifyMac: [OK, DISABLED, STATE, STATE],
};
