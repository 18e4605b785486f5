import type { JobProgress } from '../engine/run-pages.ts';
import type { Session, SqlRow } from '../table/session.ts';
import type { ShardName } from './shard-message.ts';

/** Rows of a table between two keys, both as text: after the one, up to and with the other. */
export interface KeyRange {
  readonly after: readonly string[] | null;
  readonly upTo: readonly string[] | null;
}

/** A shard that a worker has taken: nobody else writes for it until it is taken again. */
export interface TakenShard extends KeyRange {
  readonly jobId: string;
  readonly number: number;
  /** uuid of this delivery; what an earlier owner still writes is refused. */
  readonly owner: string;
  readonly cursor: readonly string[] | null;
  readonly kind: string;
  readonly field: string;
  readonly fieldId: string;
  readonly step: string;
  /** Values of other libraries that earlier owners have read. */
  readonly legacy: Readonly<Record<string, number>>;
}

/** How all shards of a step are together. */
export interface ShardSums extends Omit<JobProgress, 'step' | 'total'> {
  readonly open: number;
  /** Rows that were to be written and were not. */
  readonly missed: number;
  /** Code of a shard that was given up; `undefined` while none was. */
  readonly failed: string | undefined;
  readonly legacy: Readonly<Record<string, number>>;
}

/** Gives a job the shards of its next step, in place of those that it had, each to be sent. */
export async function makeShards(
  session: Session,
  jobId: string,
  ranges: readonly KeyRange[],
): Promise<readonly ShardName[]> {
  const rows = await session.rows(
    `WITH gone AS (DELETE FROM fieldseal_jobs.shard WHERE job_id = $1::uuid AND number >= $2::int)
     INSERT INTO fieldseal_jobs.shard (job_id, number, after, up_to)
     SELECT $1::uuid, n.number - 1, n.after::jsonb, n.up_to::jsonb
       FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS n(after, up_to, number)
         ON CONFLICT (job_id, number) DO UPDATE
        SET after = excluded.after, up_to = excluded.up_to, cursor = NULL, owner = NULL,
            state = 'open', read = 0, written = 0, missed = 0, problems = 0, legacy = '{}',
            error_code = NULL, sending = excluded.sending, updated_at = clock_timestamp()
     RETURNING number, sending::text`,
    [
      jobId,
      ranges.length,
      ranges.map(({ after }) => keyJson(after)),
      ranges.map(({ upTo }) => keyJson(upTo)),
    ],
  );
  return rows.map((row) => nameOf(jobId, row));
}

const nameOf = (jobId: string, { number, sending }: SqlRow): ShardName => ({
  jobId,
  number: Number(number),
  sending: String(sending),
});

const keyJson = (key: readonly string[] | null): string | null =>
  key === null ? null : JSON.stringify(key);

/**
 * The shards that are not done, each to be sent anew. Those that were given up are open again: whoever starts
 * the job again wants them tried again. What is left of earlier sendings in the queue is passed over.
 */
export async function reopenShards(session: Session, jobId: string): Promise<readonly ShardName[]> {
  const rows = await session.rows(
    `UPDATE fieldseal_jobs.shard SET state = 'open', error_code = NULL, sending = gen_random_uuid()
      WHERE job_id = $1::uuid AND state <> 'done' RETURNING number, sending::text`,
    [jobId],
  );
  return rows.map((row) => nameOf(jobId, row));
}

/** @returns `undefined` when there is nothing to do: done, taken back, sent anew, or its job does not run */
export async function takeShard(
  session: Session,
  { jobId, number, sending }: ShardName,
): Promise<TakenShard | undefined> {
  const [row] = await session.rows(
    `UPDATE fieldseal_jobs.shard AS s SET owner = gen_random_uuid(), updated_at = clock_timestamp()
       FROM fieldseal_jobs.job AS j
      WHERE j.id = s.job_id AND s.job_id = $1::uuid AND s.number = $2::int
        AND s.sending = $3::uuid AND s.state = 'open' AND j.state = 'running'
     RETURNING s.owner::text, s.after, s.up_to AS "upTo", s.cursor, s.legacy,
               j.kind, j.field, j.field_id AS "fieldId", j.step`,
    [jobId, number, sending],
  );
  return row === undefined ? undefined : { ...(row as unknown as TakenShard), jobId, number };
}

/** Whether a shard waits because somebody has paused its job. */
export async function isPaused(session: Session, jobId: string): Promise<boolean> {
  const [row] = await session.rows(
    `SELECT state = 'paused' AS "isPaused" FROM fieldseal_jobs.job WHERE id = $1::uuid`,
    [jobId],
  );
  return row?.isPaused === true;
}

export async function isStillOwner(
  session: Session,
  { jobId, number, owner }: TakenShard,
): Promise<boolean> {
  const [row] = await session.rows(
    `SELECT owner = $3::uuid AS "isOwner" FROM fieldseal_jobs.shard
      WHERE job_id = $1::uuid AND number = $2::int`,
    [jobId, number, owner],
  );
  return row?.isOwner === true;
}

/** Puts a shard down, done or to be gone on with. */
export async function leaveShard(
  session: Session,
  { jobId, number, owner }: TakenShard,
  state: 'open' | 'done',
  legacy: Readonly<Record<string, number>>,
): Promise<void> {
  await session.rows(
    `UPDATE fieldseal_jobs.shard SET state = $4, legacy = $5::jsonb, updated_at = clock_timestamp()
      WHERE job_id = $1::uuid AND number = $2::int AND owner = $3::uuid`,
    [jobId, number, owner, state, JSON.stringify(legacy)],
  );
}

/** Notes why a shard was not worked on; `given up` ends it. An earlier sending says nothing about this one. */
export async function noteFailure(
  session: Session,
  { jobId, number, sending }: ShardName,
  { code, isGivenUp }: { readonly code: string | null; readonly isGivenUp: boolean },
): Promise<void> {
  await session.rows(
    `UPDATE fieldseal_jobs.shard
        SET error_code = coalesce($3, error_code), updated_at = clock_timestamp(),
            state = CASE WHEN $4::boolean THEN 'failed' ELSE state END
      WHERE job_id = $1::uuid AND number = $2::int AND sending = $5::uuid AND state = 'open'`,
    [jobId, number, code, isGivenUp, sending],
  );
}

export async function sumShards(session: Session, jobId: string): Promise<ShardSums> {
  const rows = await session.rows(
    `SELECT state, read, written, missed, problems, legacy, error_code AS "code"
       FROM fieldseal_jobs.shard WHERE job_id = $1::uuid`,
    [jobId],
  );
  const sum = (name: string): number => rows.reduce((all, row) => all + Number(row[name]), 0);
  const failed = rows.find(({ state }) => state === 'failed');
  return {
    read: sum('read'),
    written: sum('written'),
    missed: sum('missed'),
    problems: sum('problems'),
    open: rows.filter(({ state }) => state === 'open').length,
    failed: failed === undefined ? undefined : String(failed.code ?? 'ERR_JOB_STOPPED'),
    legacy: addLegacy(rows),
  };
}

function addLegacy(rows: readonly SqlRow[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { legacy } of rows)
    for (const [name, count] of Object.entries(legacy as Record<string, number>))
      all[name] = (all[name] ?? 0) + count;
  return all;
}

/** Adds what the shards have done to their job, and takes them away. */
export async function closeShards(session: Session, jobId: string): Promise<void> {
  await session.rows(
    `WITH gone AS (DELETE FROM fieldseal_jobs.shard WHERE job_id = $1::uuid
                   RETURNING read, written, problems)
     UPDATE fieldseal_jobs.job AS j
        SET read = j.read + s.read, written = j.written + s.written,
            problems = j.problems + s.problems, updated_at = clock_timestamp()
       FROM (SELECT coalesce(sum(read), 0) AS read, coalesce(sum(written), 0) AS written,
                    coalesce(sum(problems), 0) AS problems FROM gone) AS s
      WHERE j.id = $1::uuid`,
    [jobId],
  );
}
