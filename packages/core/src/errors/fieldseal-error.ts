import { type ErrorCode, RETRYABLE } from './error-code.ts';

/**
 * Facts that are safe to log: names, numbers and row keys. Never plaintext, ciphertext, key bytes
 * or SQL parameters; there is no room for them here on purpose.
 */
export interface ErrorMeta {
  readonly model?: string;
  readonly field?: string;
  readonly operation?: string;
  readonly operator?: string;
  readonly index?: string;
  /** Primary key of the row, as text. */
  readonly row?: string;
  readonly keyId?: string;
  readonly keyVersion?: number;
  readonly alias?: string;
  readonly environment?: string;
  readonly table?: string;
  readonly column?: string;
  readonly file?: string;
  readonly line?: number;
  readonly option?: string;
  readonly limitBytes?: number;
  readonly sizeBytes?: number;
  readonly epoch?: bigint;
  /** A short code of the part below, such as a SQLSTATE or `ECONNREFUSED`; never its message. */
  readonly reason?: string;
}

/**
 * The one error class of Fieldseal. Match on {@link FieldsealError.code}, never on the message.
 *
 * It never carries a `cause`: messages of drivers and parsers quote the values they choked on.
 *
 * @example
 * ```ts
 * import { FieldsealError } from '@fieldseal/core';
 *
 * const error: unknown = new FieldsealError('ERR_SCOPE_REQUIRED', 'The lookup names no tenant', { model: 'Customer' });
 * if (error instanceof FieldsealError && error.code === 'ERR_SCOPE_REQUIRED') {
 *   // ask the caller for a tenant
 * }
 * ```
 */
export class FieldsealError extends Error {
  override readonly name = 'FieldsealError';
  readonly code: ErrorCode;
  readonly meta: ErrorMeta;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, meta: ErrorMeta = {}) {
    super(message);
    this.code = code;
    this.meta = meta;
    this.retryable = RETRYABLE.has(code);
  }
}
