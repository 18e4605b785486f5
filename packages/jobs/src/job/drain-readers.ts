import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { jobStopped, waitWhilePaused } from '../engine/run-pages.ts';
import { readersLeft, readersNow } from '../table/open-readers.ts';
import type { Run } from './field-job.ts';

/** In which what was read before is opened: s. */
const REST_SECONDS = 10;
const POLL_MS = 500;

/**
 * Waits, as the step `drain`, until nobody sees rows as they were before it: no transaction of this database
 * with an older snapshot is open, every replica that the database user may see has replayed what was
 * written, and 10 seconds more for results that are on their way.
 *
 * Not seen are transactions on a replica, and a snapshot that one transaction has handed to another.
 * @throws `ERR_JOB_STOPPED` when the job is over, `signal` aborted, or somebody reads for longer than
 * `patienceSeconds`
 */
export async function drainReaders(run: Run): Promise<void> {
  const { log, options, session } = run;
  const { signal, onProgress, patienceSeconds = 300 } = options;
  const readers = await readersNow(session);
  // also writes to the log behind that place, which a replica is to reach
  await log.enterStep('drain');
  const begunAt = performance.now();
  let goneAt: number | undefined;
  for (;;) {
    if (signal?.aborted === true) throw jobStopped('running');
    await waitWhilePaused(log, signal);
    const now = performance.now();
    if (goneAt === undefined && (await readersLeft(session, readers)) === 0) goneAt = now;
    if (goneAt === undefined && now - begunAt >= patienceSeconds * 1000) throw openReader();
    const passed = goneAt === undefined ? 0 : (now - goneAt) / 1000;
    const read = Math.min(REST_SECONDS, Math.floor(passed));
    onProgress?.({ step: 'drain', read, written: 0, problems: 0, total: REST_SECONDS });
    if (passed >= REST_SECONDS) return;
    await wait(POLL_MS);
  }
}

function openReader(): FieldsealError {
  const message =
    'A transaction is open for longer than the job waits, or a replica is behind, and sees rows as they were: end it, and start the job again';
  return new FieldsealError('ERR_JOB_STOPPED', message, { reason: 'READERS' });
}
