/**
 * Every code that Fieldseal can raise. A code is never renamed and never given a second meaning;
 * `docs/errors.md` has one section for each, and a check fails when the two lists differ.
 */
export type ErrorCode =
  // configuration and input
  | 'ERR_CONFIG_INVALID'
  | 'ERR_MANIFEST_INVALID'
  | 'ERR_MANIFEST_MISMATCH'
  | 'ERR_ANNOTATION_INVALID'
  | 'ERR_FIELD_UNKNOWN'
  | 'ERR_VALUE_TYPE'
  | 'ERR_VALUE_TOO_LARGE'
  | 'ERR_SCOPE_REQUIRED'
  | 'ERR_SCOPE_CHANGE'
  | 'ERR_ROW_UNKNOWN'
  | 'ERR_ROW_IDENTITY'
  | 'ERR_OPERATOR_UNSUPPORTED'
  | 'ERR_NOT_WIRED'
  | 'ERR_PHASE_CHANGE'
  // cells and tokens
  | 'ERR_CIPHERTEXT_REJECTED'
  | 'ERR_CELL_TYPE'
  | 'ERR_INDEX_MISMATCH'
  // keys
  | 'ERR_KEY_NOT_FOUND'
  | 'ERR_KEY_DISABLED'
  | 'ERR_KEY_DESTROYED'
  | 'ERR_ALIAS_INVALID'
  | 'ERR_ALIAS_EXISTS'
  | 'ERR_POLICY_MALFORMED'
  | 'ERR_KEYRING_CLOSED'
  // the key service
  | 'ERR_REQUEST_INVALID'
  | 'ERR_PRINCIPAL_REQUIRED'
  | 'ERR_ACCESS_DENIED'
  | 'ERR_DRY_RUN'
  | 'ERR_APPROVAL_REQUIRED'
  | 'ERR_APPROVAL_INVALID'
  | 'ERR_PROPOSAL_NOT_FOUND'
  | 'ERR_KEY_STATE'
  | 'ERR_KEY_UNAVAILABLE'
  | 'ERR_KEY_VERSION_REVOKED'
  | 'ERR_KEY_USAGE'
  | 'ERR_KEY_INCORRECT'
  | 'ERR_KEY_IN_USE'
  | 'ERR_KEY_MATERIAL_INCORRECT'
  | 'ERR_IMPORT_TOKEN_INVALID'
  | 'ERR_MAC_INVALID'
  | 'ERR_GRANT_NOT_FOUND'
  | 'ERR_LIMIT_EXCEEDED'
  | 'ERR_OPERATION_UNSUPPORTED'
  // roots
  | 'ERR_ROOT_UNAVAILABLE'
  | 'ERR_WRONG_ROOT'
  | 'ERR_PIN_REQUIRED'
  // the key store
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_STORE_CONFLICT'
  | 'ERR_STORE_INTEGRITY'
  | 'ERR_STORE_ROLLED_BACK'
  | 'ERR_STORE_NOT_INITIALIZED'
  | 'ERR_STORE_ALREADY_INITIALIZED'
  | 'ERR_STORE_ENVIRONMENT'
  | 'ERR_STORE_DEVELOPMENT'
  | 'ERR_STORE_SCHEMA'
  // the audit trail
  | 'ERR_AUDIT_UNAVAILABLE'
  | 'ERR_AUDIT_BROKEN'
  // jobs
  | 'ERR_JOB_RUNNING'
  | 'ERR_JOB_REFUSED'
  | 'ERR_JOB_STOPPED'
  | 'ERR_JOB_UNKNOWN'
  | 'ERR_DATABASE'
  // platform
  | 'ERR_ENGINE_UNAVAILABLE'
  | 'ERR_INTERNAL';

/** The codes after which the same call may succeed later although nothing was changed. */
export const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ROOT_UNAVAILABLE',
  'ERR_STORE_UNAVAILABLE',
  'ERR_STORE_CONFLICT',
  'ERR_KEY_UNAVAILABLE',
  'ERR_AUDIT_UNAVAILABLE',
]);
