import { setTimeout as wait } from 'node:timers/promises';
import { jobStopped, waitWhilePaused } from '../engine/run-pages.ts';
import { lostRace } from '../table/session.ts';
import type { Run } from './field-job.ts';

/** Pauses between two tries, in ms: each is twice the one before, up to the longest. */
export interface Pauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

const PAUSES: Pauses = { firstMs: 1000, longestMs: 60_000 };
/** The job may be paused or cancelled meanwhile. */
const LOOK_EVERY_MS = 1000;

/**
 * Does what needs a moment of a table that others may hold. Whoever comes after us waits behind us, so we come
 * again, and the more seldom the longer it goes on. Meanwhile the progress is that of the step `lock`.
 * @throws `ERR_JOB_STOPPED` when the job is over, or `signal` aborted
 */
export async function patiently(
  run: Pick<Run, 'log' | 'options'>,
  work: () => Promise<void>,
  { firstMs, longestMs }: Pauses = PAUSES,
): Promise<void> {
  for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * 2, longestMs)) {
    await look(run);
    try {
      await work();
      return;
    } catch (error) {
      if (!lostRace(error)) throw error;
    }
    const until = performance.now() + pauseMs;
    for (let left = pauseMs; left > 0; left = until - performance.now()) {
      await look(run);
      run.options.onProgress?.({ step: 'lock', read: 0, written: 0, problems: 0, total: 0 });
      await wait(Math.min(LOOK_EVERY_MS, left));
    }
  }
}

async function look({ log, options: { signal } }: Pick<Run, 'log' | 'options'>): Promise<void> {
  if (signal?.aborted === true) throw jobStopped('running');
  await waitWhilePaused(log, signal);
}
