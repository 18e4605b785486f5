import { parentPort } from 'node:worker_threads';
import { FieldsealError } from '@fieldseal/core';
import { shardLog } from '../shard/shard-log.ts';
import { type Delivered, openShardQueue, type ShardMessage } from '../shard/shard-queue.ts';
import { type ShardSettings, shardSettings } from '../shard/shard-settings.ts';
import {
  isPaused,
  leaveShard,
  noteFailure,
  type TakenShard,
  takeShard,
} from '../shard/shard-store.ts';
import { openSession, type Session } from '../table/session.ts';
import { createRun, type FieldJobOptions, openTarget } from './field-job.ts';
import { stepOf } from './step-of.ts';
import { STOP_WORKING } from './stop-working.ts';

/** What a worker takes: what it needs to open any field of its manifest. */
export interface WorkOptions
  extends Omit<
    FieldJobOptions,
    | keyof ShardSettings
    | 'field'
    | 'dryRun'
    | 'workers'
    | 'onProgress'
    | 'patienceSeconds'
    | 'signal'
  > {
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
 * How fast, and with what batches, whoever started the job says.
 *
 * @throws `ERR_CONFIG_INVALID` without the package `pg-boss`, `ERR_DATABASE` when the queue cannot be opened
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
  const stop = stopSignal(options.signal);
  const queue = await openShardQueue(options.database, options.takeOverSeconds ?? 60);
  try {
    await queue.work((message) => workOn(options, message, stop));
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
  message: ShardMessage,
  stop: AbortSignal,
): Promise<Delivered> {
  const session = await openSession(options.database, options.statementTimeoutMs ?? 60_000);
  try {
    const shard = await takeShard(session, message.jobId, message.number);
    if (shard !== undefined) return await workOnShard(options, message, shard, session, stop);
    const again = { again: message, afterSeconds: PAUSED_SECONDS };
    return (await isPaused(session, message.jobId)) ? again : 'done';
  } catch (error) {
    const code = error instanceof FieldsealError ? error.code : 'ERR_INTERNAL';
    await noteFailure(session, message, { code, isGivenUp: false }).catch(() => {});
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
  const settings = shardSettings(message.settings);
  const sliceMs = Math.floor((takeOverSeconds * 1000) / 3);
  const signal = AbortSignal.any([stop, AbortSignal.timeout(sliceMs)]);
  const jobOptions: FieldJobOptions = { ...options, ...settings, field: shard.field, signal };
  const step = stepOf(shard.kind, shard.step);
  const target = await openTarget(session, jobOptions);
  if (target.field.id !== shard.fieldId) throw otherField(shard);
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

function otherField({ field }: TakenShard): FieldsealError {
  const message = `${field} is another field in the manifest of this worker`;
  return new FieldsealError('ERR_MANIFEST_MISMATCH', message, { field });
}
