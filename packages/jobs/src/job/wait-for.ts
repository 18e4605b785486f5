import { setTimeout as wait } from 'node:timers/promises';
import { saveCursor } from '../engine/job-store.ts';
import { jobStopped, waitWhilePaused } from '../engine/run-pages.ts';
import type { Run } from './field-job.ts';

const POLL_MS = 500;
const NOW = `SELECT extract(epoch FROM clock_timestamp())::float8 AS "now"`;

/**
 * A step of a job that is nothing but time. It counts from when it was first begun, by the clock of the
 * server, so that whoever goes on with the job waits for what is left.
 * @throws `ERR_JOB_STOPPED`
 */
export async function waitFor(run: Run, step: string, seconds: number): Promise<void> {
  const { log, options } = run;
  const since = await begin(run, step);
  for (;;) {
    if (options.signal?.aborted === true) throw jobStopped('running');
    await waitWhilePaused(log, options.signal);
    const passed = (await now(run)) - since;
    const read = Math.min(seconds, Math.max(0, Math.floor(passed)));
    options.onProgress?.({ step, read, written: 0, problems: 0, total: seconds });
    if (passed >= seconds) return;
    await wait(Math.min(POLL_MS, (seconds - passed) * 1000 + 1));
  }
}

/** @returns when the step began, in seconds since 1970 */
async function begin(run: Run, step: string): Promise<number> {
  const { log, session } = run;
  const known = log.startsAt.step === step ? log.startsAt.cursor?.[0] : undefined;
  if (known !== undefined) return Number(known);
  const begun = await now(run);
  await log.enterStep(step);
  const checkpoint = { jobId: log.jobId, cursor: [String(begun)], read: 0, problems: 0 };
  await saveCursor(session, checkpoint);
  return begun;
}

async function now({ session }: Run): Promise<number> {
  const [row] = await session.rows(NOW);
  return Number(row?.now);
}
