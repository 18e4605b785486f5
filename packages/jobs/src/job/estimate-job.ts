import type { PaceSpent } from '../engine/pace.ts';

/** How long a job would take, as far as a dry run can tell: it does all but write. */
export interface JobEstimate {
  /** Rows, or data keys, that the dry run went over, in all its steps. */
  readonly rows: number;
  /** At which it did, with the rests that `load` and `rowsPerSecond` ask for; 0 without rows. */
  readonly rowsPerSecond: number;
  /**
   * Seconds that the job takes at least: those rows at that rate, and no less than the wait until every
   * process has heard of a change. Writing comes on top, and can take most of the time.
   */
  readonly seconds: number;
}

/** @param settleMs - How long the job waits for other processes. */
export function estimateJob({ rows, ms }: PaceSpent, settleMs: number): JobEstimate {
  const rowsPerSecond = rows === 0 ? 0 : rows / (Math.max(ms, 1) / 1000);
  return { rows, rowsPerSecond, seconds: Math.max(ms, settleMs) / 1000 };
}
