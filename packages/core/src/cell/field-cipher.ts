/**
 * Contract (to be replaced by the implementation): seals and opens the cells of one field under
 * one data key, for one scope and one suite.
 */
export interface FieldCipher {
  /** Typed value to text cell `fs1....`. `row` iff the field is row-bound. */
  sealText(value: unknown, row?: Uint8Array): string;
  /** Typed value to binary cell. */
  sealBytes(value: unknown, row?: Uint8Array): Uint8Array;
  /** Text cell to typed value; `ERR_CIPHERTEXT_REJECTED` or `ERR_CELL_TYPE`. */
  openText(cell: string, row?: Uint8Array): unknown;
  openBytes(cell: Uint8Array, row?: Uint8Array): unknown;
  /** Wipes key material. Afterwards every call throws `ERR_INTERNAL`. */
  destroy(): void;
}
