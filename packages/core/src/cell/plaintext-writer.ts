import { textCodec } from '#text-codec';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type CellScratch, cellScratch } from './cell-scratch.ts';
import { encodeValue } from './encode-value.ts';
import { END_OF_VALUE, paddedLength } from './padding.ts';
import { VALUE_TAG, VARIABLE_LENGTH } from './value-tag.ts';
import type { ValueType } from './value-type.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;
/** Padding adds 16 bytes to a short value, an eighth to a long one. */
const LONGEST_SHORT_TEXT = 1024;

export interface PlaintextWriter {
  /**
   * Encodes, ends and pads a value into the scratch; gives the length.
   * @throws `ERR_VALUE_TYPE`, `ERR_VALUE_TOO_LARGE`
   */
  write(value: unknown): number;
  /** Where the last value was written to. */
  readonly scratch: CellScratch;
}

/** Writes the plaintexts of one field (FORMAT.md section 3). */
export function createPlaintextWriter(options: {
  readonly type: ValueType;
  readonly pad?: number | undefined;
  readonly maxBytes?: number | undefined;
}): PlaintextWriter {
  const { type, pad = 0, maxBytes = DEFAULT_MAX_BYTES } = options;
  const isString = type === 'string';
  const variable = VARIABLE_LENGTH[type];
  let scratch = cellScratch(0);

  function refuseLarge(sizeBytes: number): FieldsealError {
    return new FieldsealError('ERR_VALUE_TOO_LARGE', 'The value is larger than its field allows', {
      limitBytes: maxBytes,
      sizeBytes,
    });
  }

  function finish(length: number): number {
    if (!variable) return length;
    const padded = paddedLength(length + 1, pad);
    scratch.plaintext[length] = END_OF_VALUE;
    scratch.plaintext.fill(0, length + 1, padded);
    return padded;
  }

  /** Without an array in between: most cells hold short texts. */
  function writeShortText(value: string): number {
    if (!value.isWellFormed()) {
      throw new FieldsealError('ERR_VALUE_TYPE', 'The string has a lone surrogate');
    }
    scratch = cellScratch(Math.max(4 * LONGEST_SHORT_TEXT, pad));
    const bytes = textCodec.writeUtf8(scratch.plaintext, value, 1);
    if (bytes > maxBytes) {
      scratch.wipe(1 + bytes);
      throw refuseLarge(bytes);
    }
    scratch.plaintext[0] = VALUE_TAG.string;
    return finish(1 + bytes);
  }

  return {
    get scratch() {
      return scratch;
    },
    write(value) {
      if (isString && typeof value === 'string') {
        if (value.length <= LONGEST_SHORT_TEXT) return writeShortText(value);
        // no need to encode megabytes to know that they are too many
        if (value.length > maxBytes) throw refuseLarge(value.length);
      }
      const encoded = encodeValue(type, value);
      const size = encoded.length - 1;
      if (size > maxBytes) throw refuseLarge(size);
      scratch = cellScratch(variable ? paddedLength(encoded.length + 1, pad) : encoded.length);
      scratch.plaintext.set(encoded);
      encoded.fill(0);
      return finish(encoded.length);
    },
  };
}
