import type { RandomSource } from '../cipher/engine.ts';
import type { Suite } from '../cipher/suite.ts';

/** XAES: the first half selects the derived key, the second is the nonce under it. */
const HALF_BYTES = 12;
const MAX_CELLS = 2 ** 16;
const MAX_BYTES = 2 ** 30;
const MAX_AGE_MS = 600_000;

export interface NonceSource {
  /**
   * Makes the nonce of one cell.
   * @param target - 24 bytes.
   */
  next(target: Uint8Array, plaintextBytes: number): void;
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
  const keyHalf = new Uint8Array(HALF_BYTES);
  const messageHalf = new Uint8Array(HALF_BYTES);
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
    next(target, plaintextBytes) {
      if (suite === 2) {
        random.fill(target);
        return;
      }
      keepKeyHalf(plaintextBytes);
      random.fill(messageHalf);
      for (let i = 0; i < HALF_BYTES; i++) {
        target[i] = keyHalf[i] as number;
        target[HALF_BYTES + i] = messageHalf[i] as number;
      }
    },
  };
}
