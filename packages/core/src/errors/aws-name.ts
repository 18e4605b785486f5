import type { ErrorCode } from './error-code.ts';

/** Under what name AWS KMS raises the same, for those who know it from there. */
const AWS_NAMES: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_KEY_NOT_FOUND: 'NotFoundException',
  ERR_ARN_INVALID: 'InvalidArnException',
  ERR_MARKER_INVALID: 'InvalidMarkerException',
  ERR_TAG_INVALID: 'TagException',
  ERR_GRANT_NOT_FOUND: 'InvalidGrantIdException',
  ERR_GRANT_TOKEN_INVALID: 'InvalidGrantTokenException',
  ERR_KEY_DISABLED: 'DisabledException',
  ERR_KEY_STATE: 'KMSInvalidStateException',
  ERR_KEY_UNAVAILABLE: 'KeyUnavailableException',
  ERR_KEY_INCORRECT: 'IncorrectKeyException',
  ERR_KEY_USAGE: 'InvalidKeyUsageException',
  ERR_KEY_MATERIAL_INCORRECT: 'IncorrectKeyMaterialException',
  ERR_CIPHERTEXT_REJECTED: 'InvalidCiphertextException',
  ERR_MAC_INVALID: 'KMSInvalidMacException',
  ERR_IMPORT_TOKEN_INVALID: 'InvalidImportTokenException',
  ERR_IMPORT_TOKEN_EXPIRED: 'ExpiredImportTokenException',
  ERR_ROTATION_CONFLICT: 'ConflictException',
  ERR_ALIAS_INVALID: 'InvalidAliasNameException',
  ERR_ALIAS_EXISTS: 'AlreadyExistsException',
  ERR_LIMIT_EXCEEDED: 'LimitExceededException',
  ERR_POLICY_MALFORMED: 'MalformedPolicyDocumentException',
  ERR_OPERATION_UNSUPPORTED: 'UnsupportedOperationException',
  ERR_DRY_RUN: 'DryRunOperationException',
  ERR_ACCESS_DENIED: 'AccessDeniedException',
  ERR_REQUEST_INVALID: 'ValidationException',
  // AWS KMS has an exception of its own for a rotation under way alone
  ERR_STORE_CONFLICT: 'KMSInternalException',
  ERR_STORE_UNAVAILABLE: 'DependencyTimeoutException',
  ERR_ROOT_UNAVAILABLE: 'DependencyTimeoutException',
  ERR_AUDIT_UNAVAILABLE: 'DependencyTimeoutException',
  ERR_INTERNAL: 'KMSInternalException',
};

/**
 * The name of an error code in AWS KMS; `undefined` for what AWS does not know.
 *
 * @example
 * ```ts
 * import { awsName } from '@fieldseal/core';
 *
 * awsName('ERR_KEY_DISABLED'); // 'DisabledException'
 * ```
 */
export function awsName(code: ErrorCode): string | undefined {
  return AWS_NAMES[code];
}
