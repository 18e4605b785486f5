import { textCodec } from '#text-codec';
import { HEADER_BYTES, NONCE_BYTES, OVERHEAD_BYTES, SEALED_AT, TAG_BYTES } from './cell-layout.ts';

/** Memory for one cell and its plaintext while it is sealed or opened. */
export interface CellScratch {
  readonly cell: Uint8Array;
  readonly nonce: Uint8Array;
  readonly plaintext: Uint8Array;
  /** Ciphertext and tag inside `cell`, by the length of the plaintext. */
  sealed(plaintextBytes: number): Uint8Array;
  /** The first bytes of `plaintext`. */
  body(plaintextBytes: number): Uint8Array;
  /** Forgets a plaintext. */
  wipe(plaintextBytes: number): void;
}

/** Views cost more than the bytes they show; those of short values are made once. */
function views(make: (length: number) => Uint8Array): (length: number) => Uint8Array {
  const made: Uint8Array[] = [];
  return (length) => {
    if (length > SHORT_BYTES) return make(length);
    let view = made[length];
    if (view === undefined) {
      view = make(length);
      made[length] = view;
    }
    return view;
  };
}

const SHORT_BYTES = 1024;

function createCellScratch(plaintextBytes: number): CellScratch {
  const cell = textCodec.allocate(OVERHEAD_BYTES + plaintextBytes);
  const plaintext = textCodec.allocate(plaintextBytes);
  return {
    cell,
    nonce: cell.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES),
    plaintext,
    sealed: views((length) => cell.subarray(SEALED_AT, SEALED_AT + length + TAG_BYTES)),
    body: views((length) => plaintext.subarray(0, length)),
    wipe: (length) => void plaintext.fill(0, 0, length),
  };
}

const SHARED_BYTES = 4096;
let shared: CellScratch | undefined;

/**
 * Scratch for a plaintext of at most this many bytes. Short ones share one: sealing and opening are
 * synchronous, so it is free again when the call returns.
 */
export function cellScratch(plaintextBytes: number): CellScratch {
  if (plaintextBytes > SHARED_BYTES) return createCellScratch(plaintextBytes);
  shared ??= createCellScratch(SHARED_BYTES);
  return shared;
}
