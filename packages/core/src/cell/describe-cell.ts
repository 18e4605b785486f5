import { hexOf } from '../bytes/hex.ts';
import { latin1ToBytes } from '../bytes/latin1.ts';
import type { Suite } from '../cipher/suite.ts';
import { readBytesHeader, readTextHeader } from './cell-header.ts';

/** What stands in the open in a cell; nothing of it is authentic before the cell is open. */
export interface CellDescription {
  /** 1 XAES-256-GCM, 2 XChaCha20-Poly1305. */
  readonly suite: Suite;
  /** Whether the cell belongs to one row. */
  readonly bound: boolean;
  /** 32 hexadecimal digits. */
  readonly dataKeyId: string;
}

/**
 * Reads the header of a cell without a key.
 * @param cell - Text, or bytes from a binary column.
 * @throws `ERR_CIPHERTEXT_REJECTED`
 *
 * @example
 * ```ts
 * import { describeCell, FieldsealError } from '@fieldseal/core';
 *
 * try {
 *   describeCell('4111 1111 1111 1111');
 * } catch (error) {
 *   if (!(error instanceof FieldsealError)) throw error;
 *   process.stdout.write(`not a cell: ${error.code}\n`);
 * }
 * ```
 */
export function describeCell(cell: string | Uint8Array): CellDescription {
  const header = typeof cell === 'string' ? readTextHeader(cell) : readBytesHeader(cell);
  const { suite, bound, dataKeyId } = header;
  return { suite, bound, dataKeyId: hexOf(latin1ToBytes(dataKeyId)) };
}
