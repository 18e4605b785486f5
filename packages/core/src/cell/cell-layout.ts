/**
 * `0xF5 | suite | flags | data key id [16] | nonce [24] | ciphertext | tag [16]`
 * (FORMAT.md section 3), in bytes from the start.
 */
export const CELL_MARK = 0xf5;
export const SUITE_AT = 1;
export const FLAGS_AT = 2;
export const DATA_KEY_ID_AT = 3;
export const HEADER_BYTES = 19;
export const NONCE_BYTES = 24;
export const SEALED_AT = 43;
export const TAG_BYTES = 16;

/** Everything around a plaintext: 59 bytes. */
export const OVERHEAD_BYTES: number = SEALED_AT + TAG_BYTES;
/** A plaintext has at least its tag. */
export const MIN_CELL_BYTES: number = OVERHEAD_BYTES + 1;
/** Twice the largest value: padding is not part of the format, but work is limited before it is done. */
export const MAX_CELL_BYTES: number = OVERHEAD_BYTES + 2 * 16 * 1024 * 1024;

/** Bit 0 of the flags: bound to a row. All others are zero. */
export const ROW_BOUND = 1;

/** What a cell in a text column starts with. */
export const TEXT_PREFIX = 'fs1.';
export const MIN_TEXT_CHARACTERS: number = TEXT_PREFIX.length + Math.ceil((MIN_CELL_BYTES * 4) / 3);
export const MAX_TEXT_CHARACTERS: number = TEXT_PREFIX.length + Math.ceil((MAX_CELL_BYTES * 4) / 3);
