import { type ErrorCode, FieldsealError } from '@fieldseal/core';

/** What the exit code says; docs/cli.md has the same table. */
export const EXIT = {
  done: 0,
  /** Something stands in the way, or was found wrong. */
  found: 1,
  /** Wrong arguments, or `--yes` is missing where nobody can be asked. */
  usage: 2,
  /** Wrong configuration. */
  config: 3,
  /** Something could not be reached, or another process works on it; the same command may work later. */
  unavailable: 4,
  /** Stopped before its end, or answered with no; start it again. */
  stopped: 5,
  /** Any other error. */
  failed: 6,
  /** No right to it, or it takes the signature of somebody else. */
  denied: 7,
} as const;

const CODES: Readonly<Partial<Record<ErrorCode, number>>> = {
  ERR_JOB_STOPPED: EXIT.stopped,
  // somebody else is at work on it, and will have ended later
  ERR_JOB_RUNNING: EXIT.unavailable,
  ERR_ROTATION_CONFLICT: EXIT.found,
  ERR_DATABASE: EXIT.unavailable,
  ERR_CONFIG_INVALID: EXIT.config,
  ERR_MANIFEST_INVALID: EXIT.config,
  ERR_MANIFEST_MISMATCH: EXIT.config,
  ERR_FIELD_UNKNOWN: EXIT.config,
  ERR_PIN_REQUIRED: EXIT.config,
  ERR_WRONG_ROOT: EXIT.config,
  ERR_ROOT_REFUSED: EXIT.config,
  ERR_STORE_NOT_INITIALIZED: EXIT.config,
  ERR_STORE_ALREADY_INITIALIZED: EXIT.config,
  ERR_STORE_ENVIRONMENT: EXIT.config,
  ERR_STORE_DEVELOPMENT: EXIT.config,
  ERR_STORE_SCHEMA: EXIT.config,
  ERR_JOB_REFUSED: EXIT.found,
  ERR_SLOT_REQUIRED: EXIT.found,
  ERR_PHASE_CHANGE: EXIT.found,
  ERR_KEY_IN_USE: EXIT.found,
  ERR_REQUEST_INVALID: EXIT.usage,
  ERR_ALIAS_INVALID: EXIT.usage,
  ERR_POLICY_MALFORMED: EXIT.usage,
  ERR_KEY_NOT_FOUND: EXIT.usage,
  ERR_GRANT_NOT_FOUND: EXIT.usage,
  ERR_PROPOSAL_NOT_FOUND: EXIT.usage,
  ERR_JOB_UNKNOWN: EXIT.usage,
  ERR_ACCESS_DENIED: EXIT.denied,
  ERR_PRINCIPAL_REQUIRED: EXIT.denied,
  ERR_APPROVAL_REQUIRED: EXIT.denied,
  ERR_APPROVAL_INVALID: EXIT.denied,
};

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof FieldsealError)) return EXIT.failed;
  const code = CODES[error.code];
  if (code !== undefined) return code;
  return error.retryable ? EXIT.unavailable : EXIT.failed;
}
