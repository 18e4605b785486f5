import type { ErrorCode } from '../errors/error-code.ts';

/** States of a key, spelled as AWS KMS does; Destroyed is ours (a tombstone that says so). */
export const KEY_STATES = [
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'Unavailable',
  'Destroyed',
] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** States of one version of a key. */
export const VERSION_STATES = [
  'STAGED',
  'PRIMARY',
  'DECRYPT_ONLY',
  'REVOKED',
  'PENDING_DELETION',
  'DESTROYED',
] as const;
export type VersionState = (typeof VERSION_STATES)[number];

/**
 * States of a data key or an index key. Nothing makes one that is staged yet; it is known, so that a
 * process of today opens what one of a later release has published and begins to use.
 */
export const DATA_KEY_STATES = ['STAGED', 'ACTIVE', 'DECRYPT_ONLY', 'REVOKED', 'SHREDDED'] as const;
export type DataKeyState = (typeof DATA_KEY_STATES)[number];

/** What a state has to say to an operation: that it may go on, or the code of its refusal. */
export type Verdict = 'ok' | ErrorCode;

const KEY = {
  disabled: 'ERR_KEY_DISABLED',
  state: 'ERR_KEY_STATE',
  unavailable: 'ERR_KEY_UNAVAILABLE',
  unsupported: 'ERR_OPERATION_UNSUPPORTED',
  destroyed: 'ERR_KEY_DESTROYED',
} as const;

type Row = Readonly<Record<KeyState, Verdict>>;

/** In the order of {@link KEY_STATES}. */
function row(...verdicts: readonly [Verdict, Verdict, Verdict, Verdict, Verdict, Verdict]): Row {
  return Object.fromEntries(KEY_STATES.map((state, i) => [state, verdicts[i]])) as Row;
}

//                Enabled    Disabled      PendingDeletion  PendingImport    Unavailable      Destroyed
const CRYPTO = row('ok', KEY.disabled, KEY.state, KEY.state, KEY.unavailable, KEY.destroyed);
const LOOK = row('ok', 'ok', 'ok', 'ok', 'ok', 'ok');
const GOVERN = row('ok', 'ok', 'ok', 'ok', 'ok', KEY.destroyed);
const CHANGE = row('ok', 'ok', KEY.state, 'ok', 'ok', KEY.destroyed);
const SWITCH = row('ok', 'ok', KEY.state, KEY.state, 'ok', KEY.destroyed);
const ROTATE = row('ok', KEY.disabled, KEY.state, KEY.unsupported, KEY.unavailable, KEY.destroyed);
const GRANT = row('ok', KEY.disabled, KEY.state, KEY.state, 'ok', KEY.destroyed);
const CANCEL = row(KEY.state, KEY.state, 'ok', KEY.state, KEY.state, KEY.destroyed);
const IMPORT = row('ok', 'ok', KEY.state, 'ok', KEY.unavailable, KEY.destroyed);
/** A scope ends under keys in every state: under a destroyed one there is nothing of it any more. */
const END_SCOPE = LOOK;
const FORGET = row('ok', 'ok', 'ok', 'ok', KEY.unavailable, KEY.destroyed);

/** Operations on one key, by their names in AWS KMS or ours. */
export const KEY_OPERATIONS = [
  'Encrypt',
  'Decrypt',
  'ReEncryptFrom',
  'ReEncryptTo',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DescribeKey',
  'ListResourceTags',
  'ListAliases',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'GetKeyLastUsage',
  'UpdateKeyDescription',
  'TagResource',
  'UntagResource',
  'CreateAlias',
  'UpdateAlias',
  'DeleteAlias',
  'PutKeyPolicy',
  'RetireGrant',
  'RevokeGrant',
  'CreateGrant',
  'EnableKey',
  'DisableKey',
  'EnableKeyRotation',
  'DisableKeyRotation',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'CancelKeyDeletion',
  'GetParametersForImport',
  'ImportKeyMaterial',
  'DeleteImportedKeyMaterial',
  'RevokeKeyVersion',
  'SetMinDecryptVersion',
  'RetireKeyVersion',
  'CancelKeyVersionRetirement',
  'ExplainAccess',
  'Shred',
] as const;
export type KeyOperation = (typeof KEY_OPERATIONS)[number];

/**
 * What a key in each state answers to each operation (AWS KMS, "Key states of AWS KMS keys", and
 * the states that are ours). Both the checks and their tests are made of this table.
 */
export const KEY_STATE_TABLE: Readonly<Record<KeyOperation, Row>> = {
  Encrypt: CRYPTO,
  Decrypt: CRYPTO,
  ReEncryptFrom: CRYPTO,
  ReEncryptTo: CRYPTO,
  GenerateDataKey: CRYPTO,
  GenerateDataKeyWithoutPlaintext: CRYPTO,
  GenerateMac: CRYPTO,
  VerifyMac: CRYPTO,
  DescribeKey: LOOK,
  ListResourceTags: LOOK,
  ListAliases: LOOK,
  ListGrants: LOOK,
  ListKeyPolicies: LOOK,
  ListKeyRotations: LOOK,
  GetKeyPolicy: LOOK,
  GetKeyRotationStatus: LOOK,
  GetKeyLastUsage: LOOK,
  UpdateKeyDescription: CHANGE,
  TagResource: CHANGE,
  UntagResource: CHANGE,
  CreateAlias: CHANGE,
  /** Of the key that the alias is to name from now on. */
  UpdateAlias: CHANGE,
  DeleteAlias: GOVERN,
  PutKeyPolicy: GOVERN,
  RetireGrant: GOVERN,
  RevokeGrant: GOVERN,
  CreateGrant: GRANT,
  EnableKey: SWITCH,
  DisableKey: SWITCH,
  EnableKeyRotation: ROTATE,
  DisableKeyRotation: ROTATE,
  RotateKeyOnDemand: ROTATE,
  ScheduleKeyDeletion: CHANGE,
  CancelKeyDeletion: CANCEL,
  GetParametersForImport: IMPORT,
  ImportKeyMaterial: IMPORT,
  DeleteImportedKeyMaterial: FORGET,
  RevokeKeyVersion: GOVERN,
  SetMinDecryptVersion: GOVERN,
  RetireKeyVersion: CHANGE,
  CancelKeyVersionRetirement: GOVERN,
  ExplainAccess: LOOK,
  Shred: END_SCOPE,
};

/** What a version is wanted for: new wraps and blobs, or opening what there is. */
export type MaterialUse = 'seal' | 'open';

/** What is asked of a version: its use, or its end. */
export type VersionUse = MaterialUse | 'retire';

/**
 * What a version in each state answers. A staged version can open: another process may be ahead. One
 * whose end is near opens nothing, so that whoever still needs it is noticed while it can be kept.
 */
export const VERSION_STATE_TABLE: Readonly<
  Record<VersionUse, Readonly<Record<VersionState, Verdict>>>
> = {
  seal: {
    STAGED: 'ERR_KEY_STATE',
    PRIMARY: 'ok',
    DECRYPT_ONLY: 'ERR_KEY_STATE',
    REVOKED: 'ERR_KEY_VERSION_REVOKED',
    PENDING_DELETION: 'ERR_KEY_STATE',
    DESTROYED: 'ERR_KEY_DESTROYED',
  },
  open: {
    STAGED: 'ok',
    PRIMARY: 'ok',
    DECRYPT_ONLY: 'ok',
    REVOKED: 'ERR_KEY_VERSION_REVOKED',
    PENDING_DELETION: 'ERR_KEY_STATE',
    DESTROYED: 'ERR_KEY_DESTROYED',
  },
  retire: {
    STAGED: 'ERR_KEY_STATE',
    PRIMARY: 'ERR_KEY_STATE',
    DECRYPT_ONLY: 'ok',
    REVOKED: 'ok',
    PENDING_DELETION: 'ERR_KEY_STATE',
    DESTROYED: 'ERR_KEY_DESTROYED',
  },
};

/**
 * What is asked of a data key or index key: to seal or to make tokens; to open; another wrap; the end of
 * its scope, which keeps the version above it from ending for as long as it is to come.
 */
export type DataKeyUse = MaterialUse | 'rewrap' | 'shred';

/** What a data key or index key in each state answers. A revoked one can still be cared for. */
export const DATA_KEY_STATE_TABLE: Readonly<
  Record<DataKeyUse, Readonly<Record<DataKeyState, Verdict>>>
> = {
  seal: {
    STAGED: 'ERR_KEY_STATE',
    ACTIVE: 'ok',
    DECRYPT_ONLY: 'ERR_KEY_STATE',
    REVOKED: 'ERR_KEY_VERSION_REVOKED',
    SHREDDED: 'ERR_KEY_DESTROYED',
  },
  open: {
    STAGED: 'ok',
    ACTIVE: 'ok',
    DECRYPT_ONLY: 'ok',
    REVOKED: 'ERR_KEY_VERSION_REVOKED',
    SHREDDED: 'ERR_KEY_DESTROYED',
  },
  rewrap: {
    STAGED: 'ok',
    ACTIVE: 'ok',
    DECRYPT_ONLY: 'ok',
    REVOKED: 'ok',
    SHREDDED: 'ERR_KEY_DESTROYED',
  },
  shred: {
    STAGED: 'ok',
    ACTIVE: 'ok',
    DECRYPT_ONLY: 'ok',
    REVOKED: 'ok',
    SHREDDED: 'ERR_KEY_DESTROYED',
  },
};

/** What a stored key answers that says of itself to be in `state`, verified or not. */
export function dataKeyVerdict(use: DataKeyUse, state: string): Verdict {
  return isState(DATA_KEY_STATES, state) ? DATA_KEY_STATE_TABLE[use][state] : 'ERR_STORE_INTEGRITY';
}

/** Whether `state` is one of `states`; what a store says is not believed unread. */
export function isState<State extends string>(
  states: readonly State[],
  state: string,
): state is State {
  return (states as readonly string[]).includes(state);
}
