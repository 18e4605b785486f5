import type { RandomSource } from '../cipher/engine.ts';
import type { Suite } from '../cipher/suite.ts';
import { NONCE_BYTES } from './cell-layout.ts';

const HALF_BYTES = 12;
const MAX_CELLS = 2 ** 16;
const MAX_BYTES = 2 ** 30;
const MAX_AGE_MS = 600_000;

export interface NonceSource {
  /** Writes 24 bytes for one cell of this many plaintext bytes. */
  next(target: Uint8Array, offset: number, plaintextBytes: number): void;
}

/**
 * Nonces of one field key (FORMAT.md section 3). Suite 2 draws all 24 bytes for each cell. Suite 1
 * keeps the half that selects XAES's derived key for a while, since deriving costs more than the
 * cell itself, and draws the other half for each cell.
 */
export function createNonceSource(options: {
  readonly suite: Suite;
  readonly random: RandomSource;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}): NonceSource {
  const { suite, random, now } = options;
  const nonce = new Uint8Array(NONCE_BYTES);
  const keyHalf = nonce.subarray(0, HALF_BYTES);
  const fresh = suite === 1 ? nonce.subarray(HALF_BYTES) : nonce;
  let cells = MAX_CELLS;
  let bytes = 0;
  let renewAt = 0;
  let generation = -1;

  function keepKeyHalf(plaintextBytes: number): void {
    const worn = cells >= MAX_CELLS || bytes + plaintextBytes > MAX_BYTES;
    if (worn || generation !== random.generation || now() >= renewAt) {
      random.fill(keyHalf);
      cells = 0;
      bytes = 0;
      renewAt = now() + MAX_AGE_MS;
      generation = random.generation;
    }
    cells += 1;
    bytes += plaintextBytes;
  }

  return {
    next(target, offset, plaintextBytes) {
      if (suite === 1) keepKeyHalf(plaintextBytes);
      random.fill(fresh);
      for (let i = 0; i < NONCE_BYTES; i++) target[offset + i] = nonce[i] as number;
    },
  };
}
