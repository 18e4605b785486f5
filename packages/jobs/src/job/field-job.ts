import {
  createFieldCodec,
  type FieldCodecOptions,
  type FieldPhase,
  FieldsealError,
  type Keyring,
} from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { dryLog, type JobLog, storedLog } from '../engine/job-log.ts';
import type { JobProblem } from '../engine/job-problem.ts';
import { ensureJobTables } from '../engine/job-schema.ts';
import { type JobKind, type JobState, takeJob } from '../engine/job-store.ts';
import { createPace, type Pace, type PaceOptions } from '../engine/pace.ts';
import type { JobProgress } from '../engine/run-pages.ts';
import { type FieldTarget, findField } from '../field/field-target.ts';
import { readTable } from '../table/read-table.ts';
import { openSession, type Session } from '../table/session.ts';
import { skipTriggers } from './skip-triggers.ts';

/** What every job on one field takes. */
export interface FieldJobOptions extends Omit<FieldCodecOptions, 'ambientScope'>, PaceOptions {
  /** The application's database: a URL or settings of `pg`. A job has one connection of its own. */
  readonly database: string | ClientConfig;
  /** `Model.field`, as the manifest calls it. */
  readonly field: string;
  /**
   * Rows that are read and written together: 1 to 10,000.
   * @defaultValue 500
   */
  readonly batchSize?: number;
  /**
   * Triggers of the table that are not to fire, such as one that sets `updated_at`. Needs a
   * database user that may set `session_replication_role`.
   */
  readonly skipTriggers?: readonly string[];
  /** Looks at every row, writes nothing and changes no phase. */
  readonly dryRun?: boolean;
  /** Stops after the page under way; the job goes on where it was when it is started again. */
  readonly signal?: AbortSignal;
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
  /** The first 100; the others are in `fieldseal_jobs.report`. */
  readonly problems: readonly JobProblem[];
  /** Values of other libraries that were read in this run, by the name of their reader. */
  readonly legacy: Readonly<Record<string, number>>;
}

/** What the steps of one run share. */
export interface Run {
  readonly options: FieldJobOptions;
  readonly keyring: Keyring;
  readonly session: Session;
  readonly target: FieldTarget;
  readonly log: JobLog;
  readonly pace: Pace;
  readonly batchSize: number;
  readonly steps: JobProgress[];
  readonly legacy: Map<string, number>;
  phase(): FieldPhase;
}

/** The steps of one kind of job. */
export interface JobSteps {
  readonly kind: JobKind;
  readonly first: string;
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
  checkOptions(options);
  const { keyring, manifest, normalizers, partFunctions, legacy, load, rowsPerSecond } = options;
  const codec = createFieldCodec({
    keyring,
    manifest,
    ambientScope: () => ({}),
    ...(normalizers === undefined ? {} : { normalizers }),
    ...(partFunctions === undefined ? {} : { partFunctions }),
    ...(legacy === undefined ? {} : { legacy }),
  });
  const found = findField(codec, options.field);
  const session = await openSession(options.database);
  try {
    const table = await readTable(session, found.model);
    await codec.register();
    const readers = legacy?.[options.field] ?? [];
    const target: FieldTarget = { codec, ...found, table, legacy: readers };
    await skipTriggers(session, table, options.skipTriggers ?? []);
    const log = await openLog(session, options, steps, target);
    const run: Run = {
      options,
      keyring,
      session,
      target,
      log,
      pace: createPace({
        ...(load === undefined ? {} : { load }),
        ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }),
      }),
      batchSize: options.batchSize ?? 500,
      steps: [],
      legacy: new Map(),
      phase: () => codec.phaseOf(found.model.name, found.field.name) ?? 'sealed',
    };
    const state = await steps.run(run);
    await log.end(state);
    return await report(run, state);
  } finally {
    await session.close();
  }
}

async function openLog(
  session: Session,
  { dryRun, field }: FieldJobOptions,
  { kind, first }: JobSteps,
  target: FieldTarget,
): Promise<JobLog> {
  if (dryRun === true) return dryLog(first);
  await ensureJobTables(session);
  const job = { kind, field, fieldId: target.field.id, step: first };
  return storedLog(session, await takeJob(session, job));
}

async function report(run: Run, state: JobState): Promise<JobReport> {
  const { log, steps, legacy } = run;
  return {
    jobId: log.jobId === '' ? null : log.jobId,
    state,
    phase: run.phase(),
    steps,
    problemCount: await log.countProblems(),
    problems: await log.problems(SHOWN_PROBLEMS),
    legacy: Object.fromEntries(legacy),
  };
}

function checkOptions({ batchSize = 500, load = 0.5, rowsPerSecond = 1 }: FieldJobOptions): void {
  const isWhole = Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= 10_000;
  if (!isWhole) throw invalid('batchSize', 'Must be a whole number from 1 to 10,000');
  if (!(load > 0 && load <= 1)) throw invalid('load', 'Must be above 0 and at most 1');
  if (!(rowsPerSecond > 0)) throw invalid('rowsPerSecond', 'Must be above 0');
}

function invalid(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}
