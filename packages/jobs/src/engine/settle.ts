import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError, SEAL_LEASE_MS } from '@fieldseal/core';
import { outwaitWriters, writersNow } from '../table/outwait-writers.ts';
import type { Session } from '../table/session.ts';
import { invalidOption } from './invalid-option.ts';
import type { JobLog } from './job-log.ts';
import { jobStopped, waitWhilePaused } from './run-pages.ts';

/** How long a job waits for other processes. */
export interface SettleOptions {
  /**
   * How long a process may write by what it knew before a change of keys, phases or indexes: 0 to 3,600,000
   * ms. One that is cut off from the key store does so for its `cache.sealStaleMs`, and then stops. Shorter only
   * where every process has a shorter one: that, and 20 s in which it finishes what it has begun; 0 where
   * no other process runs.
   * @defaultValue 200000
   */
  readonly settleMs?: number;
}

const POLL_MS = 200;
/** The job may be paused or cancelled meanwhile. */
const LOOK_EVERY_MS = 2000;
/** Of a wait for transactions, so that a signal is heeded. */
const FENCE_MS = 2000;

/** @throws `ERR_CONFIG_INVALID` */
export function settleMsOf({ settleMs = SEAL_LEASE_MS }: SettleOptions): number {
  if (settleMs >= 0 && settleMs <= 3_600_000) return settleMs;
  throw invalidOption('settleMs', 'Must be 0 to 3,600,000');
}

/**
 * Waits until no other process writes by what was true before a change: until each has heard of it or has stopped
 * sealing, and until what they were writing then is there to be read, or will never be.
 *
 * @param options.since - Of `performance.now()`, when the change was made.
 * @param options.patienceMs - How long a transaction is waited for that was open then.
 * @param options.poll - Called five times a second.
 * @throws `ERR_JOB_STOPPED` when the job is over, `signal` aborted, or a transaction takes too long
 */
export async function settle(
  session: Session,
  options: {
    readonly log: Pick<JobLog, 'state'>;
    readonly since: number;
    readonly settleMs: number;
    readonly patienceMs: number;
    readonly signal: AbortSignal | undefined;
    poll?(): void;
  },
): Promise<void> {
  const { log, since, settleMs, patienceMs, signal, poll } = options;
  const until = since + settleMs;
  let lookedAt = performance.now();

  async function look(): Promise<void> {
    if (signal?.aborted === true) throw jobStopped('running');
    if (performance.now() - lookedAt < LOOK_EVERY_MS) return;
    await waitWhilePaused(log, signal);
    lookedAt = performance.now();
  }

  while (performance.now() < until) {
    await look();
    poll?.();
    await wait(Math.min(POLL_MS, Math.max(1, until - performance.now())));
  }
  const fencedAt = performance.now();
  const fence = await writersNow(session);
  while (!(await outwaitWriters(session, FENCE_MS, fence))) {
    await look();
    if (performance.now() - fencedAt >= patienceMs) throw openTransaction();
  }
}

function openTransaction(): FieldsealError {
  const message =
    'A transaction is open for longer than the job waits, and may write what was sealed before: end it, and start the job again';
  return new FieldsealError('ERR_JOB_STOPPED', message, { reason: 'WRITERS' });
}
