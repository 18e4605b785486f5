import type { RandomSource } from './engine.ts';

const POOL_BYTES = 4096;
/** Half of what the design allows, since the wall clock alone is looked at for every nonce. */
const MAX_AGE_MS = 500;
const MAX_CLOCK_STEP_MS = 500;

export interface RandomPoolOptions {
  /** Fills the whole array with fresh random bytes. */
  readonly generate: (target: Uint8Array) => void;
  /** Milliseconds of a clock that never steps. */
  readonly monotonicMs: () => number;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/**
 * Random bytes from a pool of 4 KiB, since one call to the system for each nonce would cost more
 * than the cell. Bytes are wiped as they are given out.
 *
 * A process or machine restored from a snapshot would give out the same bytes again, so the pool
 * lives for half a second, and holders of nonce halves are told to renew them (`generation`) when
 * wall clock and monotonic clock have parted: a snapshot stops the one and not the other. Nothing
 * is drawn before the first call.
 */
export function createRandomPool(options: RandomPoolOptions): RandomSource {
  const { generate, monotonicMs, wallMs } = options;
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let filledAt: number | undefined;
  let clockOffset = 0;
  let generation = 0;

  function isStale(): boolean {
    if (filledAt === undefined) return true;
    const ageMs = wallMs() - filledAt;
    return ageMs > MAX_AGE_MS || ageMs < 0;
  }

  function refill(): void {
    const wall = wallMs();
    const offset = wall - monotonicMs();
    if (filledAt !== undefined && Math.abs(offset - clockOffset) >= MAX_CLOCK_STEP_MS) {
      generation += 1;
    }
    // nothing of the old or of a half-filled pool is given out when this throws
    used = POOL_BYTES;
    filledAt = undefined;
    generate(pool);
    used = 0;
    filledAt = wall;
    clockOffset = offset;
  }

  return {
    get generation() {
      return generation;
    },
    fill(target) {
      const { length } = target;
      if (length > POOL_BYTES) {
        generate(target);
        return;
      }
      if (isStale() || used + length > POOL_BYTES) refill();
      for (let i = 0; i < length; i++) {
        target[i] = pool[used + i] as number;
        pool[used + i] = 0;
      }
      used += length;
    },
    reset() {
      pool.fill(0);
      used = POOL_BYTES;
      generation += 1;
    },
  };
}
