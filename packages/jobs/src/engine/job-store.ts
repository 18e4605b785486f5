import { FieldsealError } from '@fieldseal/core';
import type { Session, SqlRow } from '../table/session.ts';
import { type JobProblem, TOMBSTONE } from './job-problem.ts';

export type JobKind =
  | 'encrypt-existing'
  | 'decrypt-back'
  | 're-encrypt'
  | 'rewrap-data-keys'
  | 'build-index'
  | 'rotate-index'
  | 'shred-rows'
  | 'rebind'
  | 'verify';
/** `refused`: rows stand in the way. `failed`: the job itself ended with an error. */
export type JobState = 'running' | 'paused' | 'cancelled' | 'done' | 'refused' | 'failed';

/** Which shard of a job a worker has, and by which delivery. */
export interface ShardOwner {
  readonly number: number;
  /** uuid. */
  readonly owner: string;
}

/** Where a job or one shard of it is, saved after each page. */
export interface Checkpoint {
  readonly jobId: string;
  readonly shard?: ShardOwner | undefined;
  readonly cursor: readonly string[];
  /** Rows of the page. */
  readonly read: number;
  readonly problems: number;
  /** What was written already, elsewhere. */
  readonly written?: number;
}

/** One job as stored. */
export interface JobRecord {
  /** uuid. */
  readonly id: string;
  readonly kind: JobKind;
  /** `Model.field`, or the key that the job is about. */
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

const ofShards = (sum: string): string =>
  `${sum} + coalesce((SELECT sum(s.${sum}) FROM fieldseal_jobs.shard AS s WHERE s.job_id = job.id), 0)
     AS ${sum}`;

const COLUMNS = `id, kind, field, state, step, cursor, ${['read', 'written', 'problems'].map(ofShards)},
  error_code AS "errorCode", created_at AS "createdAt", updated_at AS "updatedAt"`;

/**
 * Takes up the unfinished job of a field, or starts one. Whoever starts a paused job resumes it.
 *
 * @throws `ERR_JOB_RUNNING` when another process works on the field; `ERR_JOB_REFUSED` when a job of
 * another kind is unfinished
 */
export async function takeJob(
  session: Session,
  job: { readonly kind: JobKind; readonly field: string; readonly fieldId: string; step: string },
): Promise<JobRecord> {
  const { kind, field, fieldId, step } = job;
  await lockField(session, field, fieldId);
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
    throw new FieldsealError('ERR_JOB_REFUSED', message, { field });
  }
  const [made] = await session.rows(
    `INSERT INTO fieldseal_jobs.job (kind, field, field_id, state, step)
     VALUES ($1, $2, $3, 'running', $4) RETURNING ${COLUMNS}`,
    [kind, field, fieldId, step],
  );
  return jobRecord(made as SqlRow);
}

/**
 * Goes on with a job after its connection was lost. One that was paused meanwhile stays paused.
 *
 * @throws `ERR_JOB_RUNNING` when another process works on the field; `ERR_JOB_UNKNOWN`
 */
export async function takeJobAgain(
  session: Session,
  { id, field, fieldId }: { readonly id: string; readonly field: string; readonly fieldId: string },
): Promise<JobRecord> {
  await lockField(session, field, fieldId);
  const sql = `SELECT ${COLUMNS} FROM fieldseal_jobs.job WHERE id = $1::uuid`;
  const [found] = await session.rows(sql, [id]);
  if (found !== undefined) return jobRecord(found);
  throw unknownJob(id);
}

/** The lock is the connection's: it ends with the process, however that ends. */
async function lockField(session: Session, field: string, fieldId: string): Promise<void> {
  const [lock] = await session.rows(
    `SELECT pg_try_advisory_lock(hashtextextended('fieldseal_jobs.' || $1, 0)) AS taken`,
    [fieldId],
  );
  if (lock?.taken === true) return;
  throw new FieldsealError('ERR_JOB_RUNNING', `Another process works on ${field}`, { field });
}

/** @throws `ERR_JOB_UNKNOWN` */
export async function readState(session: Session, id: string): Promise<JobState> {
  const sql = `SELECT state FROM fieldseal_jobs.job WHERE id = $1::uuid`;
  const [found] = await session.rows(sql, [id]);
  if (found !== undefined) return found.state as JobState;
  throw unknownJob(id);
}

function unknownJob(id: string): FieldsealError {
  return new FieldsealError('ERR_JOB_UNKNOWN', `There is no job ${id}`);
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
  const { jobId, shard, cursor, read, problems, written = 0 } = checkpoint;
  const { table, isMine } = checkpointSql(shard, (i) => `$${i + 6}`);
  const saved = await session.rows(
    `UPDATE ${table} AS p SET cursor = $2::jsonb, read = p.read + $3::bigint,
            problems = p.problems + $4::bigint, written = p.written + $5::bigint,
            updated_at = clock_timestamp()
      WHERE ${isMine} RETURNING 1`,
    [jobId, JSON.stringify(cursor), read, problems, written, ...shardValues(shard)],
  );
  return saved.length === 1 ? 0 : undefined;
}

/**
 * Where a checkpoint is kept, as `p`, and that it is still this process's to write: $1 is the job.
 * @param place - Names the parameters of {@link shardValues}.
 */
export function checkpointSql(
  shard: ShardOwner | undefined,
  place: (i: number) => string,
): { readonly table: string; readonly isMine: string } {
  if (shard === undefined)
    return { table: 'fieldseal_jobs.job', isMine: `p.id = $1::uuid AND p.state = 'running'` };
  return {
    table: 'fieldseal_jobs.shard',
    isMine: `p.job_id = $1::uuid AND p.number = ${place(0)}::int AND p.owner = ${place(1)}::uuid
        AND p.state = 'open' AND EXISTS (
              SELECT FROM fieldseal_jobs.job AS j WHERE j.id = $1::uuid AND j.state = 'running')`,
  };
}

export function shardValues(shard: ShardOwner | undefined): readonly unknown[] {
  return shard === undefined ? [] : [shard.number, shard.owner];
}

/**
 * Changes the state only where it is one of `from`, in one statement: whoever cancels is not overruled.
 *
 * @returns the state afterwards, which is another than `to` where it was none of `from`
 * @throws `ERR_JOB_UNKNOWN`
 */
export async function changeState(
  session: Session,
  id: string,
  { from, to }: { readonly from: readonly JobState[]; readonly to: JobState },
): Promise<JobState> {
  const changed = await session.rows(
    `UPDATE fieldseal_jobs.job SET state = $2, updated_at = clock_timestamp()
      WHERE id = $1::uuid AND state = ANY ($3::text[]) RETURNING 1`,
    [id, to, from],
  );
  return changed.length === 1 ? to : readState(session, id);
}

/** Writes down rows that stand in the way; a row that was there before counts once. */
export async function noteProblems(
  session: Session,
  id: string,
  problems: readonly JobProblem[],
): Promise<void> {
  if (problems.length === 0) return;
  await session.rows(
    `INSERT INTO fieldseal_jobs.report (job_id, row_key, class, code)
     SELECT $1::uuid, n.row_key, n.class, n.code
       FROM unnest($2::text[], $3::text[], $4::text[]) AS n(row_key, class, code)
         ON CONFLICT DO NOTHING`,
    [
      id,
      problems.map(({ row }) => row),
      problems.map((problem) => problem.class),
      problems.map(({ code }) => code),
    ],
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
    `SELECT row_key AS "row", class, code FROM fieldseal_jobs.report
      WHERE job_id = $1::uuid AND code <> $3 ORDER BY noted_at, row_key LIMIT $2`,
    [id, limit, TOMBSTONE],
  );
  return rows.map((row) => row as unknown as JobProblem);
}

/** @param except - Code of problems that do not count. */
export async function countProblems(session: Session, id: string, except = ''): Promise<number> {
  const sql = `SELECT count(*) AS "n" FROM fieldseal_jobs.report
    WHERE job_id = $1::uuid AND code <> ALL ($2::text[])`;
  const [answer] = await session.rows(sql, [id, [except, TOMBSTONE]]);
  return Number(answer?.n ?? 0);
}

/** Rows of which shredding has left a tombstone, in the last pass over them. */
export async function countTombstones(session: Session, id: string): Promise<number> {
  const sql = `SELECT count(*) AS "n" FROM fieldseal_jobs.report WHERE job_id = $1::uuid AND code = $2`;
  const [answer] = await session.rows(sql, [id, TOMBSTONE]);
  return Number(answer?.n ?? 0);
}

/** Rows that were written in all runs of a job. */
export async function countWritten(session: Session, id: string): Promise<number> {
  const sql = `SELECT ${ofShards('written')} FROM fieldseal_jobs.job WHERE id = $1::uuid`;
  const [answer] = await session.rows(sql, [id]);
  return Number(answer?.written ?? 0);
}

function jobRecord(row: SqlRow): JobRecord {
  return {
    ...(row as unknown as JobRecord),
    read: Number(row.read),
    written: Number(row.written),
    problems: Number(row.problems),
  };
}
