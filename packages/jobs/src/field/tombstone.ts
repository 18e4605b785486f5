import { randomBytes } from 'node:crypto';
import { describeCell, type ManifestIndex } from '@fieldseal/core';

const TEXT_PREFIX = 'fs1.';
/** First byte, suite, flags and data key id (FORMAT.md section 3). */
const HEADER_BYTES = 19;
const NONCE_BYTES = 24;
const CELL_BYTES = 60;
/** The header of a tombstone where there was no cell: suite 1, no flags, and the id of no data key. */
const NAMELESS = Uint8Array.of(0xf5, 1, 0, ...new Uint8Array(16));

/**
 * What stands in a required column in place of a cell whose key is gone: its header, so that whoever reads
 * it is told that the key is destroyed, and zeros for all that could ever have been a value. No key
 * opens it. The nonce is a random one, as a column may be unique.
 *
 * Only a cell gives its header: of anything else, plaintext above all, no byte is taken over.
 * @param stored - What the column has.
 */
export function tombstoneOf(stored: string | Uint8Array): string | Uint8Array {
  const cell = new Uint8Array(CELL_BYTES);
  cell.set(isCell(stored) ? bytesOf(stored).subarray(0, HEADER_BYTES) : NAMELESS);
  cell.set(randomBytes(NONCE_BYTES), HEADER_BYTES);
  return typeof stored === 'string'
    ? `${TEXT_PREFIX}${Buffer.from(cell).toString('base64url')}`
    : cell;
}

export function isTombstone(stored: string | Uint8Array): boolean {
  if (!isCell(stored)) return false;
  const cell = bytesOf(stored);
  const value = cell.subarray(HEADER_BYTES + NONCE_BYTES);
  return cell.length === CELL_BYTES && value.every((byte) => byte === 0);
}

/** One of plaintext: it names no key, so that nothing but its form tells it. */
export function isNamelessTombstone(stored: string | Uint8Array): boolean {
  return (
    isTombstone(stored) && Buffer.compare(bytesOf(stored).subarray(0, HEADER_BYTES), NAMELESS) === 0
  );
}

function isCell(stored: string | Uint8Array): boolean {
  try {
    describeCell(stored);
    return true;
  } catch {
    return false;
  }
}

function bytesOf(stored: string | Uint8Array): Uint8Array {
  return typeof stored === 'string'
    ? new Uint8Array(Buffer.from(stored.slice(TEXT_PREFIX.length), 'base64url'))
    : stored;
}

/** Length of a token. */
export function tokenBytes({ kind }: Pick<ManifestIndex, 'kind'>): number {
  return kind === 'equality' ? 32 : 16;
}

/**
 * A token of no value, for a column that has to have one; of the length that its index has.
 * @param isRotating - Whether writers give two tokens at once, of which a trigger keeps one.
 */
export function tokenOfNothing(index: Pick<ManifestIndex, 'kind'>, isRotating = false): Uint8Array {
  return new Uint8Array(randomBytes(tokenBytes(index) * (isRotating ? 2 : 1)));
}
