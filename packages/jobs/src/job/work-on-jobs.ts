import { parentPort } from 'node:worker_threads';
import { FieldsealError } from '@fieldseal/core';
import type { PageOptions } from '../engine/check-page-options.ts';
import { readShardMessage } from '../shard/read-shard-message.ts';
import { shardLog } from '../shard/shard-log.ts';
import type { ShardMessage, ShardName } from '../shard/shard-message.ts';
import { type Delivered, openShardQueue } from '../shard/shard-queue.ts';
import {
  isPaused,
  leaveShard,
  noteFailure,
  type TakenShard,
  takeShard,
} from '../shard/shard-store.ts';
import { openSession, type Session } from '../table/session.ts';
import { checkStatementTimeout } from './check-options.ts';
import { createRun, type FieldJobOptions, openTarget } from './field-job.ts';
import { skipTriggers } from './skip-triggers.ts';
import { stepOf } from './step-of.ts';
import { STOP_WORKING } from './stop-working.ts';
import { checkTakeOver } from './with-workers.ts';

/** What a worker takes: what it needs to open any field of its manifest. */
export interface WorkOptions
  extends Omit<
    FieldJobOptions,
    | keyof PageOptions
    | 'skipTriggers'
    | 'field'
    | 'dryRun'
    | 'workers'
    | 'onProgress'
    | 'patienceSeconds'
    | 'settleMs'
    | 'signal'
  > {
  /**
   * Triggers that are not to fire in the tables where they are. A job that was started with others is left
   * to other workers: nobody who can write to the queue lets a trigger be skipped.
   */
  readonly skipTriggers?: readonly string[];
  /** Ends the work after the page under way. In a thread of a job, the job ends it too. */
  readonly signal?: AbortSignal;
  /** Of the workers on this database: 10 to 3600 s.
   * @defaultValue 60 */
  readonly takeOverSeconds?: number;
}

/** A paused job is asked after again. */
const PAUSED_SECONDS = 2;

/**
 * Works on the parts of jobs that others have started with `workers`, until it is stopped. Any number of
 * processes on any number of machines may do so: a part whose worker is killed or loses its connection
 * goes to another one, from the last page that was written.
 *
 * How fast, and with what batches, whoever started the job says; which triggers fire, the worker.
 *
 * @throws `ERR_CONFIG_INVALID` for options out of range, and without the package `pg-boss`, `ERR_DATABASE` when the queue cannot be opened
 *
 * @example
 * ```ts
 * import { workOnJobs } from '@fieldseal/jobs';
 *
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * await workOnJobs({ database: url, keyring, manifest, signal: stop.signal });
 * ```
 */
export async function workOnJobs(options: WorkOptions): Promise<void> {
  const { takeOverSeconds = 60 } = options;
  checkStatementTimeout(options);
  checkTakeOver('takeOverSeconds', takeOverSeconds);
  const stop = stopSignal(options.signal);
  const queue = await openShardQueue(options.database, takeOverSeconds);
  try {
    await queue.work((shard, data) => workOn(options, shard, data, stop));
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await queue.close();
  }
}

function stopSignal(given: AbortSignal | undefined): AbortSignal {
  const stop = new AbortController();
  given?.addEventListener('abort', () => stop.abort(), { once: true });
  if (given?.aborted === true) stop.abort();
  const listen = (message: unknown): void => {
    if (message === STOP_WORKING) stop.abort();
  };
  parentPort?.on('message', listen);
  const deafen = (): void => {
    parentPort?.off('message', listen);
    // else the thread would live on for messages that nobody reads
    parentPort?.unref();
  };
  stop.signal.addEventListener('abort', deafen, { once: true });
  return stop.signal;
}

async function workOn(
  options: WorkOptions,
  name: ShardName,
  data: unknown,
  stop: AbortSignal,
): Promise<Delivered> {
  const session = await openSession(options.database, options.statementTimeoutMs ?? 60_000);
  try {
    const message = readShardMessage(name, data);
    const shard = await takeShard(session, message);
    if (shard !== undefined) return await workOnShard(options, message, shard, session, stop);
    const again = { again: message, afterSeconds: PAUSED_SECONDS };
    return (await isPaused(session, message.jobId)) ? again : 'done';
  } catch (error) {
    const code = error instanceof FieldsealError ? error.code : 'ERR_INTERNAL';
    await noteFailure(session, name, { code, isGivenUp: false }).catch(() => {});
    // biome-ignore lint/style/useErrorCause: the queue stores what it is thrown: a code, nothing else
    throw new FieldsealError(code, 'A part of a job failed');
  } finally {
    await session.close();
  }
}

/**
 * Works for a part of the time that the queue waits, so that one that says nothing is known to be gone.
 */
async function workOnShard(
  options: WorkOptions,
  message: ShardMessage,
  shard: TakenShard,
  session: Session,
  stop: AbortSignal,
): Promise<Delivered> {
  const { takeOverSeconds } = message;
  const { skipTriggers: asked = [], ...pages } = message.settings;
  const sliceMs = Math.floor((takeOverSeconds * 1000) / 3);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(sliceMs)]);
  const jobOptions: FieldJobOptions = { ...options, ...pages, field: shard.field, signal };
  const step = stepOf(shard.kind, shard.step);
  const target = await openTarget(session, jobOptions);
  if (target.field.id !== shard.fieldId) throw otherField(shard);
  const { table } = target;
  const skipped = (options.skipTriggers ?? []).filter((each) => table.triggers.includes(each));
  if (!isSameSet(skipped, asked)) throw otherTriggers(shard);
  await skipTriggers(session, table, skipped);
  const log = shardLog(session, shard);
  const run = {
    ...createRun({ options: jobOptions, session, target, log }),
    legacy: new Map(Object.entries(shard.legacy)),
    range: { after: shard.after, upTo: shard.upTo },
  };
  const legacy = () => Object.fromEntries(run.legacy);
  try {
    await step(run);
    await leaveShard(session, shard, 'done', legacy());
    return 'done';
  } catch (error) {
    if (!(error instanceof FieldsealError && error.code === 'ERR_JOB_STOPPED')) throw error;
    await leaveShard(session, shard, 'open', legacy());
    if (error.meta.reason === 'cancelled') return 'done';
    return { again: message, afterSeconds: error.meta.reason === 'paused' ? PAUSED_SECONDS : 0 };
  }
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  const there = new Set(some);
  return there.size === new Set(others).size && others.every((each) => there.has(each));
}

function otherTriggers({ field }: TakenShard): FieldsealError {
  const message = `The job on ${field} was started with other triggers to skip than this worker`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field, option: 'skipTriggers' });
}

function otherField({ field }: TakenShard): FieldsealError {
  const message = `${field} is another field in the manifest of this worker`;
  return new FieldsealError('ERR_MANIFEST_MISMATCH', message, { field });
}
