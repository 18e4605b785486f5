import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { lostRace } from '../table/session.ts';
import type { JobLog } from './job-log.ts';
import { isInTheWay, type JobProblem } from './job-problem.ts';
import type { Checkpoint, JobState } from './job-store.ts';
import type { Pace } from './pace.ts';
import type { PageQuery, PageRow } from './page.ts';
import { createReadyPages, type ReadyPage, type ReadyPages } from './ready-pages.ts';
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

interface Saved {
  readonly written: number;
  readonly problems: number;
}

const RACES = 10;
const PAUSE_POLL_MS = 500;

/**
 * Runs one step over all its rows: read a page, work on it, write it with the cursor. Without rests, the next page
 * is worked on while the server writes.
 * @returns what the step did
 * @throws `ERR_JOB_STOPPED` when the job was cancelled or `signal` aborted
 */
export async function runPages(options: PagesOptions): Promise<JobProgress> {
  const { query, work, pace } = options;
  const pages = createReadyPages({ query, work, size: () => pace.rows() });
  try {
    return await runAll(options, pages);
  } finally {
    await pages.drop();
  }
}

async function runAll(options: PagesOptions, pages: ReadyPages): Promise<JobProgress> {
  const { log, step, total, pace, replicas, signal, onProgress } = options;
  let { cursor } = options;
  let progress: JobProgress = { step, read: 0, written: 0, problems: 0, total };
  let races = 0;
  onProgress?.(progress);
  for (;;) {
    await replicas.caughtUp(signal, (replicaLagBytes) => {
      onProgress?.({ ...progress, replicaLagBytes });
    });
    if (signal?.aborted === true) throw jobStopped('running');
    const startedAt = performance.now();
    const page = await pages.after(cursor);
    if (page === null) return progress;
    if (!pace.hasRests) pages.begin(page.next);
    // also without a row: where the job is, and whether it is to go on
    const done = await savePage(options, page, races);
    races = done === 'lost' ? races + 1 : 0;
    if (typeof done === 'string') {
      // what was worked on meanwhile comes after a page that is read again
      await pages.drop();
      if (done === 'over') await waitWhilePaused(log, signal);
      else await wait(races * (50 + Math.random() * 50));
      continue;
    }
    cursor = page.next;
    progress = {
      ...progress,
      ...(await lagNow(replicas)),
      read: progress.read + page.rows.length,
      written: progress.written + done.written,
      problems: progress.problems + done.problems,
    };
    onProgress?.(progress);
    await pace.rest(page.rows.length, performance.now() - startedAt, signal).catch(() => {
      throw jobStopped('running');
    });
  }
}

/** What is told of replicas, by whoever works on a job or waits for those who do. */
export async function lagNow(replicas: ReplicaLag): Promise<Pick<JobProgress, 'replicaLagBytes'>> {
  const replicaLagBytes = await replicas.look();
  return replicaLagBytes === undefined ? {} : { replicaLagBytes };
}

/**
 * @param races - How often the page has lost already.
 * @returns what was written; `lost` where an application was faster, which comes first: the page is given up and
 * read again; `over` when the job is not to run any more
 */
async function savePage(
  { log }: PagesOptions,
  { rows, next, work: { problems, save } }: ReadyPage,
  races: number,
): Promise<Saved | 'lost' | 'over'> {
  // before the cursor: a row that is passed over is never forgotten
  await log.note(problems);
  const { jobId, shard } = log;
  const inTheWay = problems.filter(isInTheWay).length;
  const checkpoint = { jobId, shard, cursor: next, read: rows.length, problems: inTheWay };
  try {
    const written = await save(checkpoint);
    return written === undefined ? 'over' : { written, problems: inTheWay };
  } catch (error) {
    if (!lostRace(error) || races + 1 >= RACES) throw error;
    return 'lost';
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
