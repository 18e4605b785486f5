import { FieldsealError } from '@fieldseal/core';
import type { Session, SqlRow } from '../table/session.ts';
import type { JobProblem } from './job-problem.ts';

export type JobKind = 'encrypt-existing' | 'decrypt-back' | 'verify';
/** `refused`: rows stand in the way. `failed`: the job itself ended with an error. */
export type JobState = 'running' | 'paused' | 'cancelled' | 'done' | 'refused' | 'failed';

/** Where a job is, saved after each page. */
export interface Checkpoint {
  readonly jobId: string;
  readonly cursor: readonly string[];
  /** Rows of the page. */
  readonly read: number;
  readonly problems: number;
}

/** One job as stored. */
export interface JobRecord {
  /** uuid. */
  readonly id: string;
  readonly kind: JobKind;
  /** `Model.field`. */
  readonly field: string;
  readonly state: JobState;
  readonly step: string;
  /** Text of the key columns of the last row that was done; `null` before the first. */
  readonly cursor: readonly string[] | null;
  /** Rows in all steps. */
  readonly read: number;
  readonly written: number;
  readonly problems: number;
  readonly errorCode: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const COLUMNS = `id, kind, field, state, step, cursor, read, written, problems,
  error_code AS "errorCode", created_at AS "createdAt", updated_at AS "updatedAt"`;

/**
 * Takes up the unfinished job of a field, or starts one. The lock is the connection's: it ends with
 * the process, however that ends.
 *
 * @throws `ERR_JOB_RUNNING` when another process works on the field; `ERR_JOB_REFUSED` when a job of
 * another kind is unfinished
 */
export async function takeJob(
  session: Session,
  job: { readonly kind: JobKind; readonly field: string; readonly fieldId: string; step: string },
): Promise<JobRecord> {
  const { kind, field, fieldId, step } = job;
  const place = { field };
  const [lock] = await session.rows(
    `SELECT pg_try_advisory_lock(hashtextextended('fieldseal_jobs.' || $1, 0)) AS taken`,
    [fieldId],
  );
  if (lock?.taken !== true) {
    throw new FieldsealError('ERR_JOB_RUNNING', `Another process works on ${field}`, place);
  }
  const unfinished = `field_id = $1 AND state IN ('running', 'paused')`;
  const [found] = await session.rows(
    `UPDATE fieldseal_jobs.job SET state = 'running', updated_at = clock_timestamp()
      WHERE ${unfinished} AND kind = $2 RETURNING ${COLUMNS}`,
    [fieldId, kind],
  );
  if (found !== undefined) return jobRecord(found);
  const [other] = await session.rows(`SELECT kind FROM fieldseal_jobs.job WHERE ${unfinished}`, [
    fieldId,
  ]);
  if (other !== undefined) {
    const message = `A job ${String(other.kind)} of ${field} is unfinished: run it again or cancel it`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, place);
  }
  const [made] = await session.rows(
    `INSERT INTO fieldseal_jobs.job (kind, field, field_id, state, step)
     VALUES ($1, $2, $3, 'running', $4) RETURNING ${COLUMNS}`,
    [kind, field, fieldId, step],
  );
  return jobRecord(made as SqlRow);
}

export async function readJob(session: Session, id: string): Promise<JobRecord> {
  const sql = `SELECT ${COLUMNS} FROM fieldseal_jobs.job WHERE id = $1::uuid`;
  const [found] = await session.rows(sql, [id]);
  if (found !== undefined) return jobRecord(found);
  throw new FieldsealError('ERR_JOB_UNKNOWN', `There is no job ${id}`);
}

/** Newest first. */
export async function readJobs(session: Session): Promise<readonly JobRecord[]> {
  const sql = `SELECT ${COLUMNS} FROM fieldseal_jobs.job ORDER BY created_at DESC LIMIT 1000`;
  return (await session.rows(sql)).map(jobRecord);
}

/** Starts the next step at the first row. */
export async function enterStep(session: Session, id: string, step: string): Promise<void> {
  await session.rows(
    `UPDATE fieldseal_jobs.job SET step = $2, cursor = NULL, updated_at = clock_timestamp()
      WHERE id = $1::uuid`,
    [id, step],
  );
}

/** @returns 0, or `undefined` when the job is not to run any more */
export async function saveCursor(session: Session, checkpoint: Checkpoint): Promise<0 | undefined> {
  const { jobId, cursor, read, problems } = checkpoint;
  const saved = await session.rows(
    `UPDATE fieldseal_jobs.job SET cursor = $2::jsonb, read = read + $3::bigint,
            problems = problems + $4::bigint, updated_at = clock_timestamp()
      WHERE id = $1::uuid AND state = 'running' RETURNING id`,
    [jobId, JSON.stringify(cursor), read, problems],
  );
  return saved.length === 1 ? 0 : undefined;
}

export async function setState(
  session: Session,
  id: string,
  state: JobState,
  errorCode: string | null = null,
): Promise<void> {
  await session.rows(
    `UPDATE fieldseal_jobs.job SET state = $2, error_code = $3, updated_at = clock_timestamp()
      WHERE id = $1::uuid`,
    [id, state, errorCode],
  );
}

/** Writes down rows that stand in the way; a row that was there before counts once. */
export async function noteProblems(
  session: Session,
  id: string,
  problems: readonly JobProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  await session.rows(
    `INSERT INTO fieldseal_jobs.report (job_id, row_key, code)
     SELECT $1::uuid, n.row_key, n.code FROM unnest($2::text[], $3::text[]) AS n(row_key, code)
         ON CONFLICT DO NOTHING`,
    [id, problems.map(({ row }) => row), problems.map(({ code }) => code)],
  );
}

/** A step that starts again looks at all rows again. */
export async function forgetProblems(session: Session, id: string): Promise<void> {
  await session.rows(`DELETE FROM fieldseal_jobs.report WHERE job_id = $1::uuid`, [id]);
}

export async function readProblems(
  session: Session,
  id: string,
  limit: number,
): Promise<readonly JobProblem[]> {
  const rows = await session.rows(
    `SELECT row_key AS "row", code FROM fieldseal_jobs.report WHERE job_id = $1::uuid
      ORDER BY noted_at, row_key LIMIT $2`,
    [id, limit],
  );
  return rows.map(({ row, code }) => ({ row: String(row), code: String(code) }));
}

export async function countProblems(session: Session, id: string): Promise<number> {
  const sql = `SELECT count(*) AS "n" FROM fieldseal_jobs.report WHERE job_id = $1::uuid`;
  const [answer] = await session.rows(sql, [id]);
  return Number(answer?.n ?? 0);
}

function jobRecord(row: SqlRow): JobRecord {
  return {
    ...(row as unknown as JobRecord),
    read: Number(row.read),
    written: Number(row.written),
    problems: Number(row.problems),
  };
}
