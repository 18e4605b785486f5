import { setTimeout as wait } from 'node:timers/promises';

/** How much of the database a job may take. */
export interface PaceOptions {
  /**
   * Share of the time in which the job works: above 0, at most 1.
   * @defaultValue 0.5
   */
  readonly load?: number;
  /** No limit when absent. */
  readonly rowsPerSecond?: number;
}

export interface Pace {
  /** Rests after a batch as long as the limits ask for; ends early when aborted. */
  rest(rows: number, busyMs: number, signal?: AbortSignal): Promise<void>;
}

const MAX_REST_MS = 60_000;

export function createPace({ load = 0.5, rowsPerSecond }: PaceOptions): Pace {
  return {
    async rest(rows, busyMs, signal) {
      const forLoad = busyMs * (1 / load - 1);
      const forRate = rowsPerSecond === undefined ? 0 : (rows / rowsPerSecond) * 1000 - busyMs;
      const restMs = Math.min(MAX_REST_MS, Math.max(forLoad, forRate));
      if (restMs >= 1) await wait(restMs, undefined, signal === undefined ? {} : { signal });
    },
  };
}
