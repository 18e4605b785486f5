/** Operations as AWS KMS names them; the last seventeen are ours. */
export type PolicyAction =
  | 'CreateKey'
  | 'DescribeKey'
  | 'ListKeys'
  | 'UpdateKeyDescription'
  | 'EnableKey'
  | 'DisableKey'
  | 'ScheduleKeyDeletion'
  | 'CancelKeyDeletion'
  | 'TagResource'
  | 'UntagResource'
  | 'ListResourceTags'
  | 'CreateAlias'
  | 'UpdateAlias'
  | 'DeleteAlias'
  | 'ListAliases'
  | 'EnableKeyRotation'
  | 'DisableKeyRotation'
  | 'GetKeyRotationStatus'
  | 'RotateKeyOnDemand'
  | 'ListKeyRotations'
  | 'GetKeyPolicy'
  | 'PutKeyPolicy'
  | 'ListKeyPolicies'
  | 'CreateGrant'
  | 'ListGrants'
  | 'ListRetirableGrants'
  | 'RetireGrant'
  | 'RevokeGrant'
  | 'Encrypt'
  | 'Decrypt'
  | 'ReEncryptFrom'
  | 'ReEncryptTo'
  | 'GenerateDataKey'
  | 'GenerateDataKeyWithoutPlaintext'
  | 'GenerateMac'
  | 'VerifyMac'
  | 'GenerateRandom'
  | 'GetParametersForImport'
  | 'ImportKeyMaterial'
  | 'DeleteImportedKeyMaterial'
  | 'GetKeyLastUsage'
  | 'RevokeKeyVersion'
  | 'SetMinDecryptVersion'
  | 'RetireKeyVersion'
  | 'CancelKeyVersionRetirement'
  | 'ExplainAccess'
  | 'RewrapDataKeys'
  | 'StartReEncrypt'
  | 'Shred'
  | 'RotateRootKey'
  | 'AddSlot'
  | 'RemoveSlot'
  | 'TestSlot'
  | 'ExportSlots'
  | 'AcceptRestoredStore'
  | 'CountLiveCells'
  | 'VerifyAudit'
  | 'SetPhase'
  | 'SetIndexState';

/** What an action is done to. `store` stands for the key service as a whole. */
export type PolicyResourceType = 'key' | 'alias' | 'store';

export interface PolicyActionFacts {
  /** Resources it may be asked of; for two of them the caller needs it on both. */
  readonly on: readonly PolicyResourceType[];
  /** Whether a grant may hold it; the list of AWS KMS. */
  readonly grantable: boolean;
  /** Whether it changes nothing and uses no key: what an auditor may do. */
  readonly readOnly: boolean;
  /** Whether it uses key material. Administrators have none of these. */
  readonly crypto: boolean;
  /** Whether its request carries an encryption context, which grants can constrain. */
  readonly context: boolean;
}

type Traits = Partial<Omit<PolicyActionFacts, 'on'>>;

function facts(on: readonly PolicyResourceType[], traits: Traits = {}): PolicyActionFacts {
  const none = { grantable: false, readOnly: false, crypto: false, context: false };
  return Object.freeze({ on: Object.freeze(on), ...none, ...traits });
}

const key = (traits?: Traits): PolicyActionFacts => facts(['key'], traits);
const store = (traits?: Traits): PolicyActionFacts => facts(['store'], traits);
const alias = (): PolicyActionFacts => facts(['alias', 'key']);

const read: Traits = { readOnly: true };
const sealing: Traits = { grantable: true, crypto: true, context: true };
const mac: Traits = { grantable: true, crypto: true };

/** The closed list of actions, as data: only the rules of grants know any of them by name. */
export const POLICY_ACTIONS: Readonly<Record<PolicyAction, PolicyActionFacts>> = Object.freeze({
  CreateKey: store(),
  DescribeKey: key({ grantable: true, readOnly: true }),
  ListKeys: store(read),
  UpdateKeyDescription: key(),
  EnableKey: key(),
  DisableKey: key(),
  ScheduleKeyDeletion: key(),
  CancelKeyDeletion: key(),
  TagResource: key(),
  UntagResource: key(),
  ListResourceTags: key(read),
  CreateAlias: alias(),
  UpdateAlias: alias(),
  DeleteAlias: alias(),
  ListAliases: store(read),
  EnableKeyRotation: key(),
  DisableKeyRotation: key(),
  GetKeyRotationStatus: key(read),
  RotateKeyOnDemand: key(),
  ListKeyRotations: key(read),
  GetKeyPolicy: key(read),
  PutKeyPolicy: key(),
  ListKeyPolicies: key(read),
  CreateGrant: key({ grantable: true }),
  ListGrants: key(read),
  ListRetirableGrants: store(read),
  RetireGrant: key({ grantable: true }),
  RevokeGrant: key(),
  Encrypt: key(sealing),
  Decrypt: key(sealing),
  ReEncryptFrom: key(sealing),
  ReEncryptTo: key(sealing),
  GenerateDataKey: key(sealing),
  GenerateDataKeyWithoutPlaintext: key(sealing),
  GenerateMac: key(mac),
  VerifyMac: key(mac),
  GenerateRandom: store({ crypto: true }),
  GetParametersForImport: key(),
  ImportKeyMaterial: key(),
  DeleteImportedKeyMaterial: key(),
  GetKeyLastUsage: key(read),
  RevokeKeyVersion: key(),
  SetMinDecryptVersion: key(),
  RetireKeyVersion: key(),
  CancelKeyVersionRetirement: key(),
  ExplainAccess: key(read),
  RewrapDataKeys: key(),
  StartReEncrypt: key(),
  Shred: key(),
  RotateRootKey: store(),
  AddSlot: store(),
  RemoveSlot: store(),
  TestSlot: store(),
  ExportSlots: store(),
  AcceptRestoredStore: store(),
  CountLiveCells: key(read),
  VerifyAudit: store(read),
  SetPhase: key(),
  SetIndexState: key(),
});

/** All actions, in the order of the table: their positions index what is compiled. */
export const POLICY_ACTION_NAMES: readonly PolicyAction[] = Object.freeze(
  Object.keys(POLICY_ACTIONS) as PolicyAction[],
);

const NUMBERS: ReadonlyMap<string, number> = new Map(
  POLICY_ACTION_NAMES.map((name, number) => [name, number]),
);

/** Position of an action in the table, or -1: it never throws, an unknown action is denied. */
export function policyActionNumber(name: string): number {
  return NUMBERS.get(name) ?? -1;
}
