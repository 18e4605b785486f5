import type { FieldCodecOptions, FieldPhase, Keyring } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { failJob } from '../engine/fail-job.ts';
import { dryLog, type JobLog, storedLog } from '../engine/job-log.ts';
import type { JobProblem } from '../engine/job-problem.ts';
import { ensureJobTables } from '../engine/job-schema.ts';
import { type JobKind, type JobState, takeJob, takeJobAgain } from '../engine/job-store.ts';
import { createPace, type Pace, type PaceOptions } from '../engine/pace.ts';
import { createReplicaLag, type ReplicaLag } from '../engine/replica-lag.ts';
import { type JobProgress, jobStopped } from '../engine/run-pages.ts';
import { type SettleOptions, settleMsOf } from '../engine/settle.ts';
import { type FieldTarget, findField, phaseOf } from '../field/field-target.ts';
import { jobCodec } from '../field/job-codec.ts';
import { closeShards, type KeyRange } from '../shard/shard-store.ts';
import { forgottenIndexes } from '../table/forgotten-indexes.ts';
import { readTable } from '../table/read-table.ts';
import { openSession, type Session } from '../table/session.ts';
import { checkOptions } from './check-options.ts';
import { estimateJob, type JobEstimate } from './estimate-job.ts';
import { outlast } from './outlast.ts';
import { skipTriggers } from './skip-triggers.ts';
import { type WorkersOptions, withWorkers } from './with-workers.ts';

/** What every job on one field takes. */
export interface FieldJobOptions
  extends Omit<FieldCodecOptions, 'ambientScope'>,
    PaceOptions,
    SettleOptions {
  /** The application's database: a URL or settings of `pg`. A job has one connection of its own. */
  readonly database: string | ClientConfig;
  /** `Model.field`, as the manifest calls it. */
  readonly field: string;
  /**
   * The most rows that are read and written together: 1 to 10,000.
   * @defaultValue 500
   */
  readonly batchSize?: number;
  /**
   * Triggers of the table that are not to fire, such as one that sets `updated_at`. Needs a
   * database user that may set `session_replication_role`. Workers have to be given the same.
   */
  readonly skipTriggers?: readonly string[];
  /**
   * Waits while a replica is so far behind in replaying the write-ahead log: 1 byte or more. Needs a
   * database user that may see `pg_stat_replication`. No limit when absent.
   */
  readonly maxReplicaLagBytes?: number;
  /**
   * The server gives up a statement that takes longer, and the job tries it again: 100 to 3,600,000 ms.
   * @defaultValue 60000
   */
  readonly statementTimeoutMs?: number;
  /**
   * How long a lost connection, a restart or a root that does not answer is waited for before the job
   * ends with their error: 0 to 86,400 s.
   * @defaultValue 300
   */
  readonly patienceSeconds?: number;
  /** Looks at every row, writes nothing and changes no phase. */
  readonly dryRun?: boolean;
  /** Stops after the page under way; the job goes on where it was when it is started again. */
  readonly signal?: AbortSignal;
  /**
   * Has others do the work, by a queue in the same database: threads of this process, and whoever
   * runs `workOnJobs`. Needs the package `pg-boss`. Without it, or in a dry run, this process works.
   */
  readonly workers?: WorkersOptions;
  readonly onProgress?: (progress: JobProgress) => void;
}

/** How a job ended. */
export interface JobReport {
  /** uuid; `null` for a dry run. */
  readonly jobId: string | null;
  readonly state: JobState;
  /** Phase of the field afterwards. */
  readonly phase: FieldPhase;
  /** The steps of this run, in order. */
  readonly steps: readonly JobProgress[];
  readonly problemCount: number;
  /** Rows of which shredding has left a tombstone; they are no problems. */
  readonly tombstones: number;
  /** The first 100; the others are in `fieldseal_jobs.report`. */
  readonly problems: readonly JobProblem[];
  /**
   * Ids of indexes of the field that the key store knows, and this manifest does not, as they were removed from
   * it without being dropped: their tokens were neither written nor compared.
   */
  readonly forgottenIndexes: readonly string[];
  /** Values of other libraries that were read in this run, by the name of their reader. */
  readonly legacy: Readonly<Record<string, number>>;
  /** Of a dry run, for one process; `null` of any other. One that is refused may have left steps out. */
  readonly estimate: JobEstimate | null;
}

/** What one pass over the rows of a step came to. */
export interface Pass extends JobProgress {
  /** Whether it began at the first row; one that went on where an earlier run was did not. */
  readonly isWhole: boolean;
  /** Rows that were to be written and were not: others were faster, or the database wrote none. */
  readonly missed: number;
}

/** What the steps of one run share. */
export interface Run {
  readonly options: FieldJobOptions;
  readonly keyring: Keyring;
  readonly session: Session;
  readonly target: FieldTarget;
  readonly log: JobLog;
  readonly pace: Pace;
  readonly replicas: ReplicaLag;
  readonly steps: JobProgress[];
  readonly legacy: Map<string, number>;
  /** The rows that a worker does; absent where a run does all. */
  readonly range?: KeyRange;
  /** Has workers do a step; absent where this run does it. */
  readonly spread?: ((step: string, isResumed: boolean) => Promise<Pass>) | undefined;
  /** Rows of the pass under way that were to be written and were not. */
  readonly missed: { rows: number };
  /** Names such rows as problems, where passes before have met them again and again. */
  readonly notesMissed?: boolean;
  phase(): FieldPhase;
}

/** The steps of one kind of job. */
export interface JobSteps {
  readonly kind: JobKind;
  readonly first: string;
  /** Whether workers know its steps. */
  readonly isShared?: boolean;
  /** Whether it waits until every process has heard of a change; it does not when absent. */
  settles?(run: Run): boolean;
  /** Refuses what cannot be done before there is a job, which would have to be cancelled. */
  check?(parts: Pick<Run, 'options' | 'session' | 'target'>): Promise<void>;
  /** @returns how the job ended */
  run(run: Run): Promise<'done' | 'refused'>;
}

const SHOWN_PROBLEMS = 100;

/**
 * Runs the steps of a job, or what is left of them.
 * @throws `ERR_CONFIG_INVALID`, `ERR_FIELD_UNKNOWN`, `ERR_MANIFEST_MISMATCH`, `ERR_JOB_REFUSED`,
 * `ERR_JOB_RUNNING`, `ERR_JOB_STOPPED`, `ERR_DATABASE`, and those of the key store
 */
export async function runFieldJob(options: FieldJobOptions, steps: JobSteps): Promise<JobReport> {
  checkOptions(options, steps);
  const { signal, patienceSeconds = 300, onProgress } = options;
  const taken: Taken = { jobId: undefined, fieldId: '' };
  const ended = outlast({ patienceMs: patienceSeconds * 1000, signal }, ({ begun, alive }) => {
    let read = 0;
    const watched: FieldJobOptions = {
      ...options,
      onProgress(progress) {
        if (progress.read > 0 && progress.read !== read) alive();
        read = progress.read;
        onProgress?.(progress);
      },
    };
    return runOnce(watched, steps, taken, begun);
  });
  return ended.catch(async (error: unknown) => {
    const { database, field } = options;
    const { jobId: id, fieldId } = taken;
    if (id !== undefined) await failJob(database, { id, field, fieldId }, error);
    throw error;
  });
}

/** The job of this run, which goes on with it and no other after its connection was lost. */
interface Taken {
  jobId: string | undefined;
  fieldId: string;
}

async function runOnce(
  options: FieldJobOptions,
  steps: JobSteps,
  taken: Taken,
  begun: () => void,
): Promise<JobReport> {
  const session = await openSession(options.database, options.statementTimeoutMs ?? 60_000);
  try {
    const target = await openTarget(session, options);
    await steps.check?.({ options, session, target });
    await skipTriggers(session, target.table, options.skipTriggers ?? []);
    const log = await openLog({ session, options, steps, target, taken });
    begun();
    const run = createRun({ options, session, target, log });
    const { workers, dryRun } = options;
    const state =
      workers === undefined || dryRun === true
        ? await steps.run(run)
        : await withWorkers(run, workers, (spread) => steps.run({ ...run, spread }));
    const ended = await log.end(state);
    if (ended !== state) throw jobStopped(ended);
    return await report(run, state, steps);
  } finally {
    await session.close();
  }
}

/** Finds the field with its table, and makes a codec for it. */
export async function openTarget(session: Session, options: FieldJobOptions): Promise<FieldTarget> {
  const { keyring, legacy } = options;
  const codec = jobCodec(options);
  const found = findField(codec, options.field);
  const table = await readTable(session, found.model);
  // a dry run changes nothing, and says all the same what registering would refuse
  if (options.dryRun === true) codec.unregistered();
  else await codec.register();
  return { keyring, codec, ...found, table, legacy: legacy?.[options.field] ?? [] };
}

export function createRun(parts: Pick<Run, 'options' | 'session' | 'target' | 'log'>): Run {
  const { options, target } = parts;
  const { load, rowsPerSecond, batchMs, batchSize = 500, keyring } = options;
  return {
    ...parts,
    keyring,
    pace: createPace(
      {
        ...(load === undefined ? {} : { load }),
        ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
        ...(batchMs === undefined ? {} : { batchMs }),
      },
      batchSize,
    ),
    replicas: createReplicaLag(parts.session, options.maxReplicaLagBytes),
    steps: [],
    legacy: new Map(),
    missed: { rows: 0 },
    phase: () => phaseOf(target),
  };
}

async function openLog({
  session,
  options: { dryRun, field, workers },
  steps: { kind, first },
  target,
  taken,
}: {
  readonly session: Session;
  readonly options: FieldJobOptions;
  readonly steps: JobSteps;
  readonly target: FieldTarget;
  readonly taken: Taken;
}): Promise<JobLog> {
  if (dryRun === true) return dryLog(first);
  await ensureJobTables(session);
  const about = { field, fieldId: target.field.id };
  const job =
    taken.jobId === undefined
      ? await takeJob(session, { ...about, kind, step: first })
      : await takeJobAgain(session, { ...about, id: taken.jobId });
  taken.jobId = job.id;
  taken.fieldId = target.field.id;
  // somebody may have cancelled it while there was no connection
  if (job.state !== 'running' && job.state !== 'paused') throw jobStopped(job.state);
  // workers of an earlier run that are still at it have to leave it to this one
  if (workers === undefined) await closeShards(session, job.id);
  return storedLog(session, job);
}

async function report(run: Run, state: JobState, steps: JobSteps): Promise<JobReport> {
  const { log, legacy, options, pace } = run;
  const settleMs = steps.settles?.(run) === true ? settleMsOf(options) : 0;
  return {
    jobId: log.jobId === '' ? null : log.jobId,
    state,
    phase: run.phase(),
    steps: run.steps,
    problemCount: await log.countProblems(),
    tombstones: await log.countTombstones(),
    problems: await log.problems(SHOWN_PROBLEMS),
    forgottenIndexes: forgottenIndexes(run.keyring, run.target.field),
    legacy: Object.fromEntries(legacy),
    estimate: options.dryRun === true ? estimateJob(pace.spent(), settleMs) : null,
  };
}
