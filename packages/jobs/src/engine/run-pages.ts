import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { lostRace } from '../table/session.ts';
import type { JobLog } from './job-log.ts';
import { isInTheWay, type JobProblem } from './job-problem.ts';
import type { Checkpoint, JobState } from './job-store.ts';
import type { Pace } from './pace.ts';
import type { PageQuery, PageRow } from './page.ts';
import type { ReplicaLag } from './replica-lag.ts';

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

const RACES = 10;
const PAUSE_POLL_MS = 500;

/**
 * Runs one step over all its rows: read a page, work on it, write it with the cursor.
 * @returns what the step did
 * @throws `ERR_JOB_STOPPED` when the job was cancelled or `signal` aborted
 */
export async function runPages(options: PagesOptions): Promise<JobProgress> {
  const { log, step, total, pace, replicas, signal, onProgress, query } = options;
  let { cursor } = options;
  let progress: JobProgress = { step, read: 0, written: 0, problems: 0, total };
  onProgress?.(progress);
  for (;;) {
    await replicas.caughtUp(signal, (replicaLagBytes) => {
      onProgress?.({ ...progress, replicaLagBytes });
    });
    if (signal?.aborted === true) throw jobStopped('running');
    const startedAt = performance.now();
    const rows = await query.read(cursor, pace.rows());
    const last = rows.at(-1);
    if (last === undefined) return progress;
    const done = await runPage(options, rows, last.cursor);
    if (done === undefined) {
      await waitWhilePaused(log, signal);
      continue;
    }
    cursor = last.cursor;
    progress = {
      ...progress,
      ...(await lagNow(replicas)),
      read: progress.read + rows.length,
      written: progress.written + done.written,
      problems: progress.problems + done.problems,
    };
    onProgress?.(progress);
    await pace.rest(rows.length, performance.now() - startedAt, signal).catch(() => {
      throw jobStopped('running');
    });
  }
}

/** What is told of replicas, by whoever works on a job or waits for those who do. */
export async function lagNow(replicas: ReplicaLag): Promise<Pick<JobProgress, 'replicaLagBytes'>> {
  const replicaLagBytes = await replicas.look();
  return replicaLagBytes === undefined ? {} : { replicaLagBytes };
}

async function runPage(
  { log, work }: PagesOptions,
  rows: readonly PageRow[],
  cursor: readonly string[],
): Promise<{ readonly written: number; readonly problems: number } | undefined> {
  const { problems, save } = await work(rows);
  // before the cursor: a row that is passed over is never forgotten
  await log.note(problems);
  const { jobId, shard } = log;
  const inTheWay = problems.filter(isInTheWay).length;
  const checkpoint = { jobId, shard, cursor, read: rows.length, problems: inTheWay };
  const written = await again(() => save(checkpoint));
  return written === undefined ? undefined : { written, problems: inTheWay };
}

/** The application comes first: a batch that gets in its way is given up and tried again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!lostRace(error) || attempt === RACES) throw error;
    }
    await wait(attempt * (50 + Math.random() * 50));
  }
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
