import { textCodec } from '#text-codec';
import { latin1 } from '../bytes/latin1.ts';
import type { Suite } from '../cipher/suite.ts';
import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';
import {
  CELL_MARK,
  DATA_KEY_ID_AT,
  FLAGS_AT,
  HEADER_BYTES,
  MAX_CELL_BYTES,
  MAX_TEXT_CHARACTERS,
  MIN_CELL_BYTES,
  MIN_TEXT_CHARACTERS,
  ROW_BOUND,
  SUITE_AT,
  TEXT_PREFIX,
} from './cell-layout.ts';

/** What a cell says of itself; nothing of it is authentic before the cell is open. */
export interface CellHeader {
  readonly suite: Suite;
  readonly bound: boolean;
  /** 16 bytes as latin1 text. */
  readonly dataKeyId: string;
}

/** 28 characters: 21 bytes, so that no character is shared with what follows. */
const HEADER_CHARACTERS = 28;
const scratch = textCodec.allocate(21);

function readHeader(bytes: Uint8Array): CellHeader {
  const suite = bytes[SUITE_AT];
  const flags = bytes[FLAGS_AT] as number;
  if (bytes[0] !== CELL_MARK || (suite !== 1 && suite !== 2) || flags > ROW_BOUND) {
    throw ciphertextRejected();
  }
  const dataKeyId = latin1(bytes.subarray(DATA_KEY_ID_AT, HEADER_BYTES));
  return { suite, bound: flags === ROW_BOUND, dataKeyId };
}

/**
 * Reads the header of a binary cell.
 * @throws `ERR_CIPHERTEXT_REJECTED`
 */
export function readBytesHeader(cell: Uint8Array): CellHeader {
  if (cell.length < MIN_CELL_BYTES || cell.length > MAX_CELL_BYTES) throw ciphertextRejected();
  return readHeader(cell);
}

/**
 * Reads the header of a text cell; the rest of the text is not looked at.
 * @throws `ERR_CIPHERTEXT_REJECTED`
 */
export function readTextHeader(cell: string): CellHeader {
  const { length } = cell;
  const hasForm =
    length >= MIN_TEXT_CHARACTERS && length <= MAX_TEXT_CHARACTERS && cell.startsWith(TEXT_PREFIX);
  if (!hasForm) throw ciphertextRejected();
  const start = TEXT_PREFIX.length;
  if (textCodec.fromBase64url(cell.slice(start, start + HEADER_CHARACTERS), scratch) !== 21) {
    throw ciphertextRejected();
  }
  return readHeader(scratch);
}
