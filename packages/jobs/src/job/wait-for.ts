import { setTimeout as wait } from 'node:timers/promises';
import { saveCursor } from '../engine/job-store.ts';
import { jobStopped, waitWhilePaused } from '../engine/run-pages.ts';
import type { Run } from './field-job.ts';

const POLL_MS = 1000;

/**
 * A step of a job that is nothing but time, by a clock that nobody sets. What has passed is written down, so that
 * whoever goes on with the job waits for what is left.
 * @throws `ERR_JOB_STOPPED`
 */
export async function waitFor(run: Run, step: string, seconds: number): Promise<void> {
  const { log, options, session } = run;
  const before = await begin(run, step);
  const begunAt = performance.now();
  for (;;) {
    if (options.signal?.aborted === true) throw jobStopped('running');
    await waitWhilePaused(log, options.signal);
    const passed = before + (performance.now() - begunAt) / 1000;
    await saveCursor(session, { jobId: log.jobId, cursor: [String(passed)], read: 0, problems: 0 });
    const read = Math.min(seconds, Math.floor(passed));
    options.onProgress?.({ step, read, written: 0, problems: 0, total: seconds });
    if (passed >= seconds) return;
    await wait(Math.min(POLL_MS, (seconds - passed) * 1000 + 1));
  }
}

/** @returns the seconds that an earlier run has waited, where this one begins with the step */
async function begin({ log, steps }: Run, step: string): Promise<number> {
  const { startsAt } = log;
  if (steps.length === 0 && startsAt.step === step) return Number(startsAt.cursor?.[0] ?? 0);
  await log.enterStep(step);
  return 0;
}
