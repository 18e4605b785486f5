import { setTimeout as wait } from 'node:timers/promises';
import { type ErrorCode, FieldsealError } from '@fieldseal/core';
import { invalidOption } from '../engine/invalid-option.ts';
import { readState } from '../engine/job-store.ts';
import { type JobProgress, jobStopped, lagNow } from '../engine/run-pages.ts';
import { openShardQueue, type ShardQueue } from '../shard/shard-queue.ts';
import { shardSettings } from '../shard/shard-settings.ts';
import {
  closeShards,
  makeShards,
  noteFailure,
  reopenShards,
  type ShardSums,
  sumShards,
} from '../shard/shard-store.ts';
import { splitTable } from '../shard/split-table.ts';
import type { Pass, Run } from './field-job.ts';
import { startThreads, type Threads } from './start-threads.ts';

/** Who works on a job besides the process that started it. */
export interface WorkersOptions {
  /**
   * Threads of this process, each with a keyring and connections of its own: 0 to 64. With none, the
   * job waits for other processes that run `workOnJobs`.
   */
  readonly threads: number;
  /** The module that a thread runs; it calls `workOnJobs`. Needed for one thread or more. */
  readonly module?: URL;
  /** What the module finds as `workerData` of `node:worker_threads`. */
  readonly data?: unknown;
  /**
   * After this a worker that says nothing is given up, and its part goes to another: 10 to 3600 s, whole.
   * @defaultValue 60
   */
  readonly takeOverSeconds?: number;
}

type Spread = NonNullable<Run['spread']>;

const POLL_MS = 250;

/** Runs `work` with something that has workers do a step. */
export async function withWorkers<T>(
  run: Run,
  options: WorkersOptions,
  work: (spread: Spread) => Promise<T>,
): Promise<T> {
  const { threads, module, data, takeOverSeconds = 60 } = options;
  const queue = await openShardQueue(run.options.database, takeOverSeconds);
  const started = startThreads(module, threads, data);
  try {
    await queue.onGivenUp((shard) =>
      noteFailure(run.session, shard, { code: null, isGivenUp: true }),
    );
    return await work((step, isResumed) =>
      spreadStep({ run, queue, threads: started, takeOverSeconds }, step, isResumed),
    );
  } finally {
    await started.stop();
    await queue.close();
  }
}

interface Spreading {
  readonly run: Run;
  readonly queue: ShardQueue;
  readonly threads: Threads;
  readonly takeOverSeconds: number;
}

async function spreadStep(spreading: Spreading, step: string, isResumed: boolean): Promise<Pass> {
  const { run, queue, takeOverSeconds } = spreading;
  const { session, target, log, options } = run;
  let shards = isResumed ? await reopenShards(session, log.jobId) : [];
  const isWhole = shards.length === 0;
  if (isWhole) {
    const keyColumns = target.model.primaryKey.map(({ column }) => column);
    const ranges = await splitTable(session, target.table, keyColumns);
    await log.enterStep(step);
    await log.forgetProblems();
    shards = await makeShards(session, log.jobId, ranges);
  }
  const settings = shardSettings(options);
  await queue.send(shards.map((shard) => ({ ...shard, settings, takeOverSeconds })));
  const sums = await untilDone(spreading, step);
  await closeShards(session, log.jobId);
  for (const [name, count] of Object.entries(sums.legacy))
    run.legacy.set(name, (run.legacy.get(name) ?? 0) + count);
  const progress = progressOf(run, step, sums);
  options.onProgress?.(progress);
  run.steps.push(progress);
  return { ...progress, isWhole, missed: sums.missed };
}

async function untilDone({ run, threads }: Spreading, step: string): Promise<ShardSums> {
  const { session, log, options, replicas } = run;
  for (;;) {
    const state = await readState(session, log.jobId);
    const isOver = state !== 'running' && state !== 'paused';
    if (isOver || options.signal?.aborted === true) throw jobStopped(isOver ? state : 'running');
    const sums = await sumShards(session, log.jobId);
    if (sums.failed !== undefined) throw givenUp(sums.failed);
    if (sums.open === 0) return sums;
    threads.check();
    // the workers wait for replicas; this process only says how far they are
    options.onProgress?.({ ...progressOf(run, step, sums), ...(await lagNow(replicas)) });
    await wait(POLL_MS);
  }
}

function progressOf({ target }: Run, step: string, sums: ShardSums): JobProgress {
  const { read, written, problems } = sums;
  return { step, read, written, problems, total: target.table.rows };
}

function givenUp(code: string): FieldsealError {
  const message = 'A part of the job failed too often; start the job again to go on with it';
  return new FieldsealError('ERR_JOB_STOPPED', message, { reason: code as ErrorCode });
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkWorkers({ threads, module, takeOverSeconds = 60 }: WorkersOptions): void {
  if (!(Number.isInteger(threads) && threads >= 0 && threads <= 64))
    throw invalidOption('workers.threads', 'Must be a whole number from 0 to 64');
  if (threads > 0 && module === undefined)
    throw invalidOption('workers.module', 'Threads need the URL of the module that they run');
  checkTakeOver('workers.takeOverSeconds', takeOverSeconds);
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkTakeOver(option: string, seconds: number): void {
  if (!(Number.isInteger(seconds) && seconds >= 10 && seconds <= 3600))
    throw invalidOption(option, 'Must be a whole number from 10 to 3600');
}
