import { setTimeout as wait } from 'node:timers/promises';
import { invalidOption } from './invalid-option.ts';

/** How much of the database a job may take. */
export interface PaceOptions {
  /**
   * Share of the time in which the job works: above 0, at most 1.
   * @defaultValue 0.5
   */
  readonly load?: number;
  /** No limit when absent. */
  readonly rowsPerSecond?: number;
  /**
   * What a batch is to take, from reading its rows to their commit: 10 to 60,000 ms. One that takes
   * twice as long is followed by a smaller one, one that takes half of it by a bigger one.
   * @defaultValue 500
   */
  readonly batchMs?: number;
}

export interface Pace {
  /** Whether batches are to be followed by rests. */
  readonly hasRests: boolean;
  /** How many rows the next batch is to have. */
  rows(): number;
  /** Rests after a batch as long as the limits ask for; ends early when aborted. */
  rest(rows: number, busyMs: number, signal?: AbortSignal): Promise<void>;
  /** What all batches came to. */
  spent(): PaceSpent;
}

export interface PaceSpent {
  readonly rows: number;
  /** Work and rests. */
  readonly ms: number;
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkPace({ load = 0.5, rowsPerSecond = 1, batchMs = 500 }: PaceOptions): void {
  if (!(load > 0 && load <= 1)) throw invalidOption('load', 'Must be above 0 and at most 1');
  if (!(rowsPerSecond > 0)) throw invalidOption('rowsPerSecond', 'Must be above 0');
  if (!(batchMs >= 10 && batchMs <= 60_000)) throw invalidOption('batchMs', 'Must be 10 to 60,000');
}

const MAX_REST_MS = 60_000;
/** Below that a batch is not quicker for being smaller. */
const LEAST_ROWS = 10;

/** @param batchSize - The most rows of a batch. */
export function createPace(
  { load = 0.5, rowsPerSecond, batchMs = 500 }: PaceOptions,
  batchSize: number,
): Pace {
  let size = batchSize;
  let spent: PaceSpent = { rows: 0, ms: 0 };

  function adapt(busyMs: number): void {
    if (busyMs > batchMs * 2) size = Math.min(batchSize, Math.max(LEAST_ROWS, Math.ceil(size / 2)));
    else if (busyMs < batchMs / 2) size = Math.min(batchSize, size * 2);
  }

  return {
    hasRests: load < 1 || rowsPerSecond !== undefined,
    rows: () => size,
    async rest(rows, busyMs, signal) {
      adapt(busyMs);
      const forLoad = busyMs * (1 / load - 1);
      const forRate = rowsPerSecond === undefined ? 0 : (rows / rowsPerSecond) * 1000 - busyMs;
      const restMs = Math.min(MAX_REST_MS, Math.max(forLoad, forRate));
      spent = { rows: spent.rows + rows, ms: spent.ms + busyMs + restMs };
      if (restMs >= 1) await wait(restMs, undefined, signal === undefined ? {} : { signal });
    },
    spent: () => spent,
  };
}
