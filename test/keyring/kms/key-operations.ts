import type { Kms } from '@fieldseal/core';
import type { KeyOperation } from '../../../packages/core/src/keys/key-states.ts';
import { text } from './key-service.ts';

/** What a call on a key is made with. */
export interface OperationCase {
  readonly keyId: string;
  /** An enabled key of the same kind. */
  readonly otherId: string;
  /** Sealed under the key while it was enabled. */
  readonly blob: Uint8Array;
  readonly otherBlob: Uint8Array;
  readonly mac: Uint8Array;
  readonly grantId: string;
  /** An alias of the key. */
  readonly alias: string;
  /** An alias of the other key. */
  readonly otherAlias: string;
  readonly importToken: Uint8Array;
  readonly material: Uint8Array;
}

/** Kinds of keys that operations are for. */
export type KeyKind = 'symmetric' | 'hmac' | 'imported';

export interface OperationCall {
  readonly kind: KeyKind;
  readonly call: (kms: Kms, on: OperationCase) => Promise<unknown>;
}

const MESSAGE = text('message');

function symmetric(call: OperationCall['call']): OperationCall {
  return { kind: 'symmetric', call };
}

function hmac(call: OperationCall['call']): OperationCall {
  return { kind: 'hmac', call };
}

function imported(call: OperationCall['call']): OperationCall {
  return { kind: 'imported', call };
}

/** The public call behind each operation that states have a say in. */
export const OPERATION_CALLS: Readonly<Record<KeyOperation, OperationCall>> = {
  Encrypt: symmetric((kms, { keyId }) => kms.encrypt({ KeyId: keyId, Plaintext: MESSAGE })),
  Decrypt: symmetric((kms, { blob }) => kms.decrypt({ CiphertextBlob: blob })),
  ReEncryptFrom: symmetric((kms, { blob, otherId }) =>
    kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: otherId }),
  ),
  ReEncryptTo: symmetric((kms, { otherBlob, keyId }) =>
    kms.reEncrypt({ CiphertextBlob: otherBlob, DestinationKeyId: keyId }),
  ),
  GenerateDataKey: symmetric((kms, { keyId }) =>
    kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' }),
  ),
  GenerateDataKeyWithoutPlaintext: symmetric((kms, { keyId }) =>
    kms.generateDataKeyWithoutPlaintext({ KeyId: keyId, KeySpec: 'AES_256' }),
  ),
  GenerateMac: hmac((kms, { keyId }) =>
    kms.generateMac({ KeyId: keyId, Message: MESSAGE, MacAlgorithm: 'HMAC_SHA_256' }),
  ),
  VerifyMac: hmac((kms, { keyId, mac }) =>
    kms.verifyMac({ KeyId: keyId, Message: MESSAGE, Mac: mac, MacAlgorithm: 'HMAC_SHA_256' }),
  ),
  GetKeyLastUsage: symmetric((kms, { keyId }) => kms.getKeyLastUsage({ KeyId: keyId })),
  DescribeKey: symmetric((kms, { keyId }) => kms.describeKey({ KeyId: keyId })),
  ListResourceTags: symmetric((kms, { keyId }) => kms.listResourceTags({ KeyId: keyId })),
  ListAliases: symmetric((kms, { keyId }) => kms.listAliases({ KeyId: keyId })),
  ListGrants: symmetric((kms, { keyId }) => kms.listGrants({ KeyId: keyId })),
  ListKeyPolicies: symmetric((kms, { keyId }) => kms.listKeyPolicies({ KeyId: keyId })),
  ListKeyRotations: symmetric((kms, { keyId }) => kms.listKeyRotations({ KeyId: keyId })),
  GetKeyPolicy: symmetric((kms, { keyId }) => kms.getKeyPolicy({ KeyId: keyId })),
  GetKeyRotationStatus: symmetric((kms, { keyId }) => kms.getKeyRotationStatus({ KeyId: keyId })),
  UpdateKeyDescription: symmetric((kms, { keyId }) =>
    kms.updateKeyDescription({ KeyId: keyId, Description: 'new' }),
  ),
  TagResource: symmetric((kms, { keyId }) =>
    kms.tagResource({ KeyId: keyId, Tags: [{ TagKey: 'team', TagValue: 'kyc' }] }),
  ),
  UntagResource: symmetric((kms, { keyId }) =>
    kms.untagResource({ KeyId: keyId, TagKeys: ['team'] }),
  ),
  CreateAlias: symmetric((kms, { keyId }) =>
    kms.createAlias({ AliasName: 'alias/new', TargetKeyId: keyId }),
  ),
  UpdateAlias: symmetric((kms, { keyId, otherAlias }) =>
    kms.updateAlias({ AliasName: otherAlias, TargetKeyId: keyId }),
  ),
  DeleteAlias: symmetric((kms, { alias }) => kms.deleteAlias({ AliasName: alias })),
  PutKeyPolicy: symmetric(async (kms, { keyId, otherId }) => {
    const { Policy } = await kms.getKeyPolicy({ KeyId: otherId });
    await kms.putKeyPolicy({ KeyId: keyId, Policy });
  }),
  RetireGrant: symmetric((kms, { keyId, grantId }) =>
    kms.retireGrant({ KeyId: keyId, GrantId: grantId }),
  ),
  RevokeGrant: symmetric((kms, { keyId, grantId }) =>
    kms.revokeGrant({ KeyId: keyId, GrantId: grantId }),
  ),
  CreateGrant: symmetric((kms, { keyId }) =>
    kms.createGrant({ KeyId: keyId, GranteePrincipal: 'user/asha', Operations: ['Decrypt'] }),
  ),
  EnableKey: symmetric((kms, { keyId }) => kms.enableKey({ KeyId: keyId })),
  DisableKey: symmetric((kms, { keyId }) => kms.disableKey({ KeyId: keyId })),
  EnableKeyRotation: symmetric((kms, { keyId }) => kms.enableKeyRotation({ KeyId: keyId })),
  DisableKeyRotation: symmetric((kms, { keyId }) => kms.disableKeyRotation({ KeyId: keyId })),
  RotateKeyOnDemand: symmetric((kms, { keyId }) => kms.rotateKeyOnDemand({ KeyId: keyId })),
  ScheduleKeyDeletion: symmetric((kms, { keyId }) => kms.scheduleKeyDeletion({ KeyId: keyId })),
  CancelKeyDeletion: symmetric((kms, { keyId }) => kms.cancelKeyDeletion({ KeyId: keyId })),
  GetParametersForImport: imported((kms, { keyId }) =>
    kms.getParametersForImport({
      KeyId: keyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  ),
  ImportKeyMaterial: imported((kms, { keyId, importToken, material }) =>
    kms.importKeyMaterial({
      KeyId: keyId,
      ImportToken: importToken,
      EncryptedKeyMaterial: material,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  ),
  DeleteImportedKeyMaterial: imported((kms, { keyId }) =>
    kms.deleteImportedKeyMaterial({ KeyId: keyId }),
  ),
  RevokeKeyVersion: symmetric((kms, { keyId }) =>
    kms.revokeKeyVersion({ KeyId: keyId, Version: 1 }),
  ),
  SetMinDecryptVersion: symmetric((kms, { keyId }) =>
    kms.setMinDecryptVersion({ KeyId: keyId, Version: 1 }),
  ),
  RetireKeyVersion: symmetric((kms, { keyId }) =>
    kms.retireKeyVersion({ KeyId: keyId, Version: 1 }),
  ),
  CancelKeyVersionRetirement: symmetric((kms, { keyId }) =>
    kms.cancelKeyVersionRetirement({ KeyId: keyId, Version: 2 }),
  ),
  ExplainAccess: symmetric((kms, { keyId }) =>
    kms.explainAccess({ KeyId: keyId, Operation: 'Decrypt' }),
  ),
  /** Of whose data goes under all keys, this one and an enabled one. */
  Shred: symmetric((kms) => kms.shred({ Tenant: 'acme' })),
};
