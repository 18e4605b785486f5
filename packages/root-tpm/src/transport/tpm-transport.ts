import { FieldsealError } from '@fieldseal/core';

/** Carries commands to a TPM, one at a time. */
export interface TpmTransport {
  /**
   * Sends a command and gives the whole answer. After a failure it carries nothing any more.
   * @throws `ERR_ROOT_UNAVAILABLE`
   */
  transact(command: Uint8Array): Promise<Buffer>;
  close(): Promise<void>;
}

/** Where a TPM is. */
export type TpmDevice =
  /** A character device of Linux with a resource manager, such as `/dev/tpmrm0`. */
  | string
  /** A simulator such as swtpm, on TCP. What goes over the wire is not protected by TLS. */
  | { readonly host: string; readonly port: number }
  /** A simulator on a Unix socket. */
  | { readonly socket: string };

/** How long it may take. */
export interface TpmTimeouts {
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
}

/** The bytes of a header of a command or an answer: tag, length, code. */
export const HEADER_BYTES = 10;
/** No TPM takes or gives more. */
export const MAX_MESSAGE_BYTES = 4096;

/** A device that cannot be asked; `reason` is a code of the system, or says what is wrong. */
export function tpmUnavailable(reason: string): FieldsealError {
  const message = 'The TPM does not answer';
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason });
}

/** Only the code of an error: its message may show a path. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
