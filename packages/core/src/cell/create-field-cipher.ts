import { textCodec } from '#text-codec';
import type { Engine, RandomSource } from '../cipher/engine.ts';
import type { Suite } from '../cipher/suite.ts';
import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createCellAad } from './cell-aad.ts';
import {
  CELL_MARK,
  DATA_KEY_ID_AT,
  HEADER_BYTES,
  MAX_CELL_BYTES,
  MAX_TEXT_CHARACTERS,
  MIN_CELL_BYTES,
  MIN_TEXT_CHARACTERS,
  OVERHEAD_BYTES,
  ROW_BOUND,
  SEALED_AT,
  TEXT_PREFIX,
} from './cell-layout.ts';
import { type CellScratch, cellScratch } from './cell-scratch.ts';
import { decodeValue } from './decode-value.ts';
import type { FieldCipher } from './field-cipher.ts';
import { createNonceSource } from './nonce-source.ts';
import { createPlaintextWriter } from './plaintext-writer.ts';
import type { ValueType } from './value-type.ts';

/** Everything that is constant over the cells of one field, under one data key, in one scope. */
export interface FieldCipherOptions {
  readonly engine: Engine;
  readonly random: RandomSource;
  /** 32 bytes; copied. */
  readonly fieldKey: Uint8Array;
  readonly suite: Suite;
  /** 16 bytes. */
  readonly dataKeyId: Uint8Array;
  readonly environment: string;
  readonly fieldId: string;
  readonly type: ValueType;
  /** Whether cells are bound to their row. */
  readonly bound: boolean;
  readonly tenant?: string | undefined;
  readonly subject?: string | undefined;
  /** Pads every plaintext of variable length to at least this many bytes. */
  readonly pad?: number | undefined;
  /**
   * Largest value in bytes, up to 16 MiB.
   * @defaultValue 1 MiB
   */
  readonly maxBytes?: number | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Seals and opens the cells of one field (FORMAT.md section 3). What is expected of a cell comes
 * from these options and from `row`, never from the cell.
 *
 * @throws `ERR_CONFIG_INVALID` when a name is too long for a context.
 */
export function createFieldCipher(options: FieldCipherOptions): FieldCipher {
  const { engine, random, suite, type, bound, now = () => performance.now() } = options;
  const header = new Uint8Array(HEADER_BYTES);
  header.set([CELL_MARK, suite, bound ? ROW_BOUND : 0]);
  header.set(options.dataKeyId, DATA_KEY_ID_AT);
  const aadOf = createCellAad(header, options);
  const aead = engine.aead(suite, options.fieldKey);
  const nonces = createNonceSource({ suite, random, now });
  const writer = createPlaintextWriter(options);
  let destroyed = false;

  /** The row as the context has it; a caller that mixes up bound and unbound fields has a bug. */
  function rowOf(row: Uint8Array | undefined): Uint8Array | undefined {
    if (destroyed) throw new FieldsealError('ERR_INTERNAL', 'The key was given back');
    if (!bound) return undefined;
    if (row === undefined || row.length === 0) {
      throw new FieldsealError('ERR_ROW_UNKNOWN', 'A row-bound field needs its row');
    }
    return row;
  }

  /** Leaves the cell in the scratch; gives its length. */
  function seal(value: unknown, row: Uint8Array | undefined): number {
    const aad = aadOf(rowOf(row));
    const length = writer.write(value);
    const { cell, nonce, sealed, body, wipe } = writer.scratch;
    cell.set(header);
    nonces.next(nonce, length);
    aead.seal(nonce, aad, body(length), sealed(length));
    wipe(length);
    return OVERHEAD_BYTES + length;
  }

  function open(scratch: CellScratch, cell: Uint8Array, length: number, row?: Uint8Array): unknown {
    const aad = aadOf(rowOf(row));
    for (let i = 0; i < HEADER_BYTES; i++) if (cell[i] !== header[i]) throw ciphertextRejected();
    const size = length - OVERHEAD_BYTES;
    const own = cell === scratch.cell;
    const nonce = own ? scratch.nonce : cell.subarray(HEADER_BYTES, SEALED_AT);
    const sealed = own ? scratch.sealed(size) : cell.subarray(SEALED_AT, length);
    if (!aead.open(nonce, aad, sealed, scratch.body(size))) {
      scratch.wipe(size);
      throw ciphertextRejected();
    }
    const value = decodeValue(type, scratch.plaintext, size);
    scratch.wipe(size);
    if (value === undefined) {
      throw new FieldsealError('ERR_CELL_TYPE', 'The cell holds a value of another type');
    }
    return value;
  }

  return {
    sealText(value, row) {
      const length = seal(value, row);
      return TEXT_PREFIX + textCodec.toBase64url(writer.scratch.cell, 0, length);
    },
    sealBytes(value, row) {
      const length = seal(value, row);
      return new Uint8Array(writer.scratch.cell.subarray(0, length));
    },
    openText(cell, row) {
      const { length } = cell;
      if (length < MIN_TEXT_CHARACTERS || length > MAX_TEXT_CHARACTERS) throw ciphertextRejected();
      if (!cell.startsWith(TEXT_PREFIX)) throw ciphertextRejected();
      const scratch = cellScratch(length);
      const bytes = textCodec.fromBase64url(cell.slice(TEXT_PREFIX.length), scratch.cell);
      if (bytes < MIN_CELL_BYTES) throw ciphertextRejected();
      return open(scratch, scratch.cell, bytes, row);
    },
    openBytes(cell, row) {
      const { length } = cell;
      if (length < MIN_CELL_BYTES || length > MAX_CELL_BYTES) throw ciphertextRejected();
      return open(cellScratch(length), cell, length, row);
    },
    destroy() {
      if (destroyed) return;
      destroyed = true;
      aead.destroy();
    },
  };
}
