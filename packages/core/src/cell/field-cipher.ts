/** Seals and opens the cells of one field under one data key, for one scope and one suite. */
export interface FieldCipher {
  /**
   * Typed value to text cell `fs1....`.
   * @param row - Row identity, exactly when the field is row-bound.
   * @throws `ERR_VALUE_TYPE`, `ERR_VALUE_TOO_LARGE`, `ERR_ROW_UNKNOWN`
   */
  sealText(value: unknown, row?: Uint8Array): string;
  /** Typed value to binary cell; throws as `sealText`. */
  sealBytes(value: unknown, row?: Uint8Array): Uint8Array;
  /**
   * Text cell to typed value.
   * @throws `ERR_CIPHERTEXT_REJECTED`, `ERR_CELL_TYPE`, `ERR_ROW_UNKNOWN`
   */
  openText(cell: string, row?: Uint8Array): unknown;
  /** Binary cell to typed value; throws as `openText`. */
  openBytes(cell: Uint8Array, row?: Uint8Array): unknown;
  /** Wipes key material. Afterwards every call throws `ERR_INTERNAL`. */
  destroy(): void;
}
