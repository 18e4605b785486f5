import { FieldsealError } from '@fieldseal/core';

/** What the exit code says; docs/cli.md has the same table. */
export const EXIT = {
  done: 0,
  /** Something stands in the way, or was found wrong. */
  found: 1,
  /** Wrong arguments. */
  usage: 2,
  /** Wrong configuration. */
  config: 3,
  /** Something could not be reached; the same command may work later. */
  unavailable: 4,
  /** Stopped before its end; start it again. */
  stopped: 5,
  /** Any other error. */
  failed: 6,
} as const;

const CONFIG: ReadonlySet<string> = new Set([
  'ERR_CONFIG_INVALID',
  'ERR_MANIFEST_INVALID',
  'ERR_MANIFEST_MISMATCH',
  'ERR_FIELD_UNKNOWN',
  'ERR_PIN_REQUIRED',
  'ERR_WRONG_ROOT',
  'ERR_STORE_NOT_INITIALIZED',
  'ERR_STORE_ALREADY_INITIALIZED',
  'ERR_STORE_ENVIRONMENT',
  'ERR_STORE_DEVELOPMENT',
  'ERR_STORE_SCHEMA',
]);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof FieldsealError)) return EXIT.failed;
  if (error.code === 'ERR_JOB_STOPPED') return EXIT.stopped;
  if (error.code === 'ERR_DATABASE' || error.retryable) return EXIT.unavailable;
  if (CONFIG.has(error.code)) return EXIT.config;
  return error.code === 'ERR_JOB_REFUSED' || error.code === 'ERR_PHASE_CHANGE'
    ? EXIT.found
    : EXIT.failed;
}
