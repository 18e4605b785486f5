import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import type { JobLog } from './job-log.ts';
import type { JobProblem } from './job-problem.ts';
import type { Checkpoint, JobState } from './job-store.ts';
import type { Pace } from './pace.ts';
import type { PageQuery, PageRow } from './page.ts';
import type { ReplicaLag } from './replica-lag.ts';
import { isFresh, type NotSaved, pageAfter, type WorkedPage, writePage } from './write-page.ts';

/** What one page came to. */
export interface PageWork {
  readonly problems: readonly JobProblem[];
  /**
   * Writes the rows and the checkpoint.
   * @returns how many rows were written; `undefined` when the job is not to run any more
   */
  save(checkpoint: Checkpoint): Promise<number | undefined>;
}

/** How far a job is. */
export interface JobProgress {
  readonly step: string;
  /** Rows of this step. */
  readonly read: number;
  readonly written: number;
  readonly problems: number;
  /** Rows of the table, as PostgreSQL estimates them. */
  readonly total: number;
  /**
   * Bytes of the write-ahead log that the slowest replica had not replayed when it was last looked;
   * absent without `maxReplicaLagBytes`.
   */
  readonly replicaLagBytes?: number;
}

export interface PagesOptions {
  readonly log: JobLog;
  readonly step: string;
  readonly total: number;
  readonly pace: Pace;
  readonly replicas: ReplicaLag;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: JobProgress) => void) | undefined;
  readonly query: PageQuery;
  /** Where an earlier run ended. */
  readonly cursor: readonly string[] | null;
  work(rows: readonly PageRow[]): Promise<PageWork>;
}

const PAUSE_POLL_MS = 500;

/**
 * Runs one step over all its rows: read a page, work on it, write it with the cursor. Without rests, the next page
 * is worked on while the server writes.
 * @returns what the step did
 * @throws `ERR_JOB_STOPPED` when the job was cancelled or `signal` aborted
 */
export async function runPages(options: PagesOptions): Promise<JobProgress> {
  const { step, total, pace, replicas, signal, onProgress } = options;
  let { cursor } = options;
  let progress: JobProgress = { step, read: 0, written: 0, problems: 0, total };
  let ahead: WorkedPage | undefined;
  let races = 0;
  let looksAhead = !pace.hasRests;
  onProgress?.(progress);
  for (;;) {
    await replicas.caughtUp(signal, (replicaLagBytes) => {
      onProgress?.({ ...progress, replicaLagBytes });
    });
    if (signal?.aborted === true) throw jobStopped('running');
    const startedAt = performance.now();
    const page = ahead !== undefined && isFresh(ahead) ? ahead : await pageAfter(options, cursor);
    if (page === undefined) return progress;
    // also without a row: where the job is, and whether it is to go on
    const written = await writePage(options, page, { races, looksAhead });
    const { saved } = written;
    ahead = written.ahead;
    races = saved === 'lost' ? races + 1 : 0;
    looksAhead = !pace.hasRests && saved !== 'stale';
    if (typeof saved === 'string') {
      // it is read again, and so is what comes after it
      ahead = undefined;
      await untilReadAgain(options, saved, races);
      continue;
    }
    cursor = page.next;
    progress = {
      ...progress,
      ...(await lagNow(replicas)),
      read: progress.read + page.rows.length,
      written: progress.written + saved.written,
      problems: progress.problems + saved.problems,
    };
    onProgress?.(progress);
    await pace.rest(page.rows.length, performance.now() - startedAt, signal).catch(() => {
      throw jobStopped('running');
    });
  }
}

async function untilReadAgain(
  { log, signal }: PagesOptions,
  why: NotSaved,
  races: number,
): Promise<void> {
  if (why === 'over') await waitWhilePaused(log, signal);
  if (why === 'lost') await wait(races * (50 + Math.random() * 50));
}

/** What is told of replicas, by whoever works on a job or waits for those who do. */
export async function lagNow(replicas: ReplicaLag): Promise<Pick<JobProgress, 'replicaLagBytes'>> {
  const replicaLagBytes = await replicas.look();
  return replicaLagBytes === undefined ? {} : { replicaLagBytes };
}

/** @throws `ERR_JOB_STOPPED` when the job is over, or `signal` aborted */
export async function waitWhilePaused(
  log: Pick<JobLog, 'state'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    const state = await log.state();
    if (state === 'running') return;
    if (state !== 'paused' || signal?.aborted === true) throw jobStopped(state);
    await wait(PAUSE_POLL_MS);
  }
}

/** @param state - Of the job; one that is still `running` goes on when it is started again. */
export function jobStopped(state: JobState): FieldsealError {
  const message = 'The job was stopped before its end';
  return new FieldsealError('ERR_JOB_STOPPED', message, { reason: state });
}
