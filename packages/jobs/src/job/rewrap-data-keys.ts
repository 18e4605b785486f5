import { FieldsealError, type KeyDescription, type Keyring } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { failJob } from '../engine/fail-job.ts';
import { invalidOption } from '../engine/invalid-option.ts';
import { dryLog, type JobLog, storedLog } from '../engine/job-log.ts';
import { ensureJobTables } from '../engine/job-schema.ts';
import { type JobState, saveCursor, takeJob, takeJobAgain } from '../engine/job-store.ts';
import { checkPace, createPace, type Pace, type PaceOptions } from '../engine/pace.ts';
import { type JobProgress, jobStopped, waitWhilePaused } from '../engine/run-pages.ts';
import { type SettleOptions, settle, settleMsOf } from '../engine/settle.ts';
import { openSession, type Session } from '../table/session.ts';
import { checkPatience, checkStatementTimeout } from './check-options.ts';
import { estimateJob, type JobEstimate } from './estimate-job.ts';
import { outlast } from './outlast.ts';

export interface RewrapOptions extends PaceOptions, SettleOptions {
  /** The application's database, where jobs are written down: a URL or settings of `pg`. */
  readonly database: string | ClientConfig;
  readonly keyring: Keyring;
  /** Id or alias of the key. */
  readonly key: string;
  /**
   * Data keys that are read and written together: 1 to 1,000.
   * @defaultValue 500
   */
  readonly batchSize?: number;
  /**
   * The server gives up a statement about the job that takes longer: 100 to 3,600,000 ms. Those of the key store have
   * the limit of the store.
   * @defaultValue 60000
   */
  readonly statementTimeoutMs?: number;
  /**
   * How long a lost connection, a restart or a root or key store that does not answer is waited for before the job
   * ends with their error: 0 to 86,400 s.
   * @defaultValue 300
   */
  readonly patienceSeconds?: number;
  /** Counts, and changes nothing. */
  readonly dryRun?: boolean;
  /** Stops after the page under way; the job goes on where it was when it is started again. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: JobProgress) => void;
}

/** How a rewrap ended. */
export interface RewrapReport {
  /** uuid; `null` for a dry run. */
  readonly jobId: string | null;
  readonly state: JobState;
  /** Data keys and index keys that are under the primary version now, or for a dry run would be. */
  readonly rewrapped: number;
  /** Those that stay under an older version: nothing opens them any more. */
  readonly left: number;
  /** Of a dry run; `null` of any other. */
  readonly estimate: JobEstimate | null;
}

/**
 * Wraps all data keys and index keys that are stored under older versions of a key anew under its primary
 * one, with the application running. No cell is touched: their keys stay the same, so a version that
 * somebody may know takes `reEncrypt` as well. Keys that are shredded or under a revoked version are left.
 *
 * A run that was stopped or killed is taken up by the next one. Safe beside writers and beside itself: a
 * row that somebody changed meanwhile is met again.
 *
 * @throws `ERR_KEY_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_JOB_RUNNING`, `ERR_JOB_STOPPED`,
 * `ERR_DATABASE`, and those of `keyring.rewrapDataKeys`
 *
 * @example
 * ```ts
 * import { rewrapDataKeys } from '@fieldseal/jobs';
 *
 * await keyring.rotateKey('alias/kyc');
 * const { rewrapped } = await rewrapDataKeys({ database: url, keyring, key: 'alias/kyc' });
 * ```
 */
export async function rewrapDataKeys(options: RewrapOptions): Promise<RewrapReport> {
  checkOptions(options);
  const { keyId } = keyOf(options);
  const { database, key: field, signal, onProgress } = options;
  const taken: Taken = { jobId: undefined, rewrapped: 0, since: performance.now() };
  const patience = { patienceMs: patienceMsOf(options), signal };
  const ended = outlast(patience, ({ begun, alive }) => {
    const watched: RewrapOptions = {
      ...options,
      onProgress(progress) {
        alive();
        onProgress?.(progress);
      },
    };
    return runOnce(watched, keyId, taken, begun);
  });
  return ended.catch(async (error: unknown) => {
    const job = { id: taken.jobId ?? '', field, fieldId: fieldIdOf(keyId) };
    if (job.id !== '') await failJob(database, job, error);
    throw error;
  });
}

/** What outlasts a connection that is lost: its job goes on with the next one. */
interface Taken {
  jobId: string | undefined;
  rewrapped: number;
  /** Of `performance.now()`: the version that is primary now was so by then. */
  readonly since: number;
}

async function runOnce(
  options: RewrapOptions,
  keyId: string,
  taken: Taken,
  begun: () => void,
): Promise<RewrapReport> {
  const { dryRun = false, statementTimeoutMs = 60_000 } = options;
  const session = await openSession(options.database, statementTimeoutMs);
  try {
    const log = await openLog(session, options, keyId, taken);
    begun();
    // a dry run has no cursor, so it counts anew
    if (dryRun) taken.rewrapped = 0;
    const pace = createPace(options, options.batchSize ?? BATCH_SIZE);
    const left = await runPasses({ options, session, log, keyId, pace, taken });
    const ended = await log.end('done');
    if (ended !== 'done') throw jobStopped(ended);
    const estimate = dryRun ? estimateJob(pace.spent(), settleMsOf(options)) : null;
    const jobId = log.jobId === '' ? null : log.jobId;
    return { jobId, state: 'done', rewrapped: taken.rewrapped, left, estimate };
  } finally {
    await session.close();
  }
}

const fieldIdOf = (keyId: string): string => `key/${keyId}`;

const patienceMsOf = ({ patienceSeconds = 300 }: RewrapOptions): number => patienceSeconds * 1000;

interface Run {
  readonly options: RewrapOptions;
  readonly session: Session;
  readonly log: JobLog;
  readonly keyId: string;
  readonly pace: Pace;
  readonly taken: Taken;
}

const BATCH_SIZE = 500;

/** What one pass came to. */
type Counts = Pick<RewrapReport, 'rewrapped' | 'left'>;

/** @returns how many stay under an older version */
async function runPasses(run: Run): Promise<number> {
  const { options, log, session, taken } = run;
  const first = await pass(run, log.startsAt.cursor?.[0]);
  if (options.dryRun === true) return first.left;
  // what processes made under the old version that had not heard of the new one
  await settle(session, {
    log,
    since: taken.since,
    settleMs: settleMsOf(options),
    patienceMs: patienceMsOf(options),
    signal: options.signal,
  });
  for (;;) {
    await log.enterStep('keys');
    const { rewrapped, left } = await pass(run, undefined);
    if (rewrapped === 0) return left;
  }
}

/** Goes over all rows under older versions once. */
async function pass(run: Run, from: string | undefined): Promise<Counts> {
  const { options, log, keyId, pace, taken } = run;
  const { keyring, dryRun = false, signal, onProgress } = options;
  let after = from;
  let progress: JobProgress = { step: 'keys', read: 0, written: 0, problems: 0, total: 0 };
  for (;;) {
    if (signal?.aborted === true) throw jobStopped('running');
    const startedAt = performance.now();
    const place = after === undefined ? {} : { after };
    const page = await keyring.rewrapDataKeys({ keyId, limit: pace.rows(), dryRun, ...place });
    if (page.next === null) return { rewrapped: progress.written, left: progress.problems };
    after = page.next;
    taken.rewrapped += page.rewrapped;
    progress = {
      ...progress,
      read: progress.read + page.read,
      written: progress.written + page.rewrapped,
      problems: progress.problems + page.left,
    };
    const { read, rewrapped: written } = page;
    const checkpoint = { jobId: log.jobId, cursor: [after], read, written, problems: 0 };
    while (!dryRun && (await saveCursor(run.session, checkpoint)) === undefined) {
      await waitWhilePaused(log, signal);
    }
    onProgress?.(progress);
    await pace.rest(page.read, performance.now() - startedAt, signal).catch(() => {
      throw jobStopped('running');
    });
  }
}

async function openLog(
  session: Session,
  { dryRun, key }: RewrapOptions,
  keyId: string,
  taken: Taken,
): Promise<JobLog> {
  if (dryRun === true) return dryLog('keys');
  await ensureJobTables(session);
  const about = { field: key, fieldId: fieldIdOf(keyId) };
  const job =
    taken.jobId === undefined
      ? await takeJob(session, { ...about, kind: 'rewrap-data-keys', step: 'keys' })
      : await takeJobAgain(session, { ...about, id: taken.jobId });
  taken.jobId = job.id;
  // somebody may have cancelled it while there was no connection
  if (job.state !== 'running' && job.state !== 'paused') throw jobStopped(job.state);
  return storedLog(session, job);
}

function keyOf({ keyring, key }: RewrapOptions): KeyDescription {
  const found = keyring
    .listKeys()
    .find(({ keyId, aliases }) => keyId === key || aliases.includes(key));
  if (found !== undefined) return found;
  throw new FieldsealError('ERR_KEY_NOT_FOUND', 'There is no such key', { alias: key });
}

function checkOptions(options: RewrapOptions): void {
  const { batchSize = BATCH_SIZE } = options;
  const isSize = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 1000;
  if (!isSize) throw invalidOption('batchSize', 'Must be a whole number from 1 to 1,000');
  checkPace(options);
  checkStatementTimeout(options);
  checkPatience(options);
  settleMsOf(options);
}
