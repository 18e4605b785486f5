import {
  type Checkpoint,
  checkpointSql,
  type ShardOwner,
  shardValues,
} from '../engine/job-store.ts';
import type { PageRow } from '../engine/page.ts';
import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import { bytesText, isStillStored } from '../table/stored-text.ts';
import { type FieldTarget, oldText, scopeColumn } from './field-target.ts';
import { scopesOf } from './page-query.ts';

/** What one row is to become. */
export interface RowChange {
  readonly row: PageRow;
  /** New text of the field's column. */
  readonly stored: string | null;
  /** New text of the old column, where the field has one. */
  readonly old?: string | null;
  /** Tokens in the order of the field's indexes. */
  readonly tokens: readonly (Uint8Array | null)[];
}

export interface BatchWriter {
  /**
   * Writes rows whose value and scope are still the ones that were read, and where the job is.
   * @returns how many rows were written; `undefined` when the job is no longer this process's.
   */
  write(changes: readonly RowChange[], checkpoint: Checkpoint): Promise<number | undefined>;
}

/** The columns that a batch changes. */
export interface Written {
  /** The field's own column, and its old one. */
  readonly stored: boolean;
  /**
   * All, none, or those of some indexes by name. Without them an update touches no column that is
   * indexed, which PostgreSQL does in place.
   */
  readonly tokens: boolean | ReadonlySet<string>;
}

/**
 * One statement for a whole batch: rows and cursor are written together or not at all, so that
 * nothing is lost or done twice wherever the process ends.
 */
export function createBatchWriter(
  session: Session,
  target: FieldTarget,
  written: Written,
): BatchWriter {
  const whole = batchSql(target, written, undefined);
  const sharded = batchSql(target, written, ANY_SHARD);
  const { field, model } = target;
  return {
    async write(changes, { jobId, shard, cursor, read, problems }) {
      const keys = model.primaryKey.map((_, i) => changes.map(({ row }) => row.cursor[i]));
      const scopes = scopesOf(target).map((_, i) => changes.map(({ row }) => row.scopes[i]));
      const tokens = field.indexes.map((_, i) =>
        changes.map(({ tokens: made }) => bytesText(made[i])),
      );
      const [answer] = await session.rows(shard === undefined ? whole : sharded, [
        jobId,
        JSON.stringify(cursor),
        read,
        problems,
        changes.map(({ row }) => row.stored),
        changes.map(({ stored }) => stored),
        changes.map(({ row }) => row.old),
        changes.map(({ old }) => old ?? null),
        ...keys,
        ...scopes,
        ...tokens,
        ...shardValues(shard),
      ]);
      return answer?.isMine === true ? Number(answer.written) : undefined;
    },
  };
}

const FIXED = 6;
/** Only that there is one matters to the statement. */
const ANY_SHARD: ShardOwner = { number: 0, owner: '' };

function batchSql(target: FieldTarget, written: Written, shard: ShardOwner | undefined): string {
  const { model, field, table } = target;
  const scopes = scopesOf(target);
  const lists = ['before', 'after', 'old_before', 'old_after'];
  const conditions: string[] = [];
  model.primaryKey.forEach(({ column }, i) => {
    lists.push(`k${i}`);
    conditions.push(`t.${quoted(column)} = n.k${i}::${table.types.get(column)}`);
  });
  scopes.forEach((name, i) => {
    lists.push(`s${i}`);
    conditions.push(`t.${quoted(scopeColumn(model, name))}::text = n.s${i}`);
  });
  const after = field.storage === 'text' ? 'n.after' : 'n.after::bytea';
  const changes = written.stored ? [`${quoted(field.column)} = ${after}`] : [];
  if (written.stored && field.from !== undefined) {
    const { column } = field.from;
    changes.push(`${quoted(column)} = n.old_after::${table.types.get(column)}`);
  }
  const { tokens } = written;
  field.indexes.forEach(({ name, column }, i) => {
    lists.push(`t${i}`);
    if (tokens === true || (tokens !== false && tokens.has(name)))
      changes.push(`${quoted(column)} = n.t${i}::bytea`);
  });
  conditions.push(isStillStored(field, 'n.before'));
  if (field.from !== undefined)
    conditions.push(`${oldText(target)} COLLATE "C" IS NOT DISTINCT FROM n.old_before`);
  const parameters = lists.map((_, i) => `$${FIXED - 1 + i}::text[]`);
  const { table: kept, isMine } = checkpointSql(shard, (i) => `$${FIXED - 1 + lists.length + i}`);
  // what a worker missed is its coordinator's to know
  const missed =
    shard === undefined
      ? ''
      : `missed = p.missed + (SELECT count(*) FROM n) - (SELECT count(*) FROM done),`;
  return `WITH mine AS MATERIALIZED (
  SELECT FROM ${kept} AS p WHERE ${isMine} FOR UPDATE),
n AS (SELECT * FROM unnest(${parameters.join(', ')}) AS n(${lists.join(', ')})),
done AS (
  UPDATE ${table.name} AS t SET ${changes.join(', ')}
    FROM n WHERE EXISTS (SELECT FROM mine) AND ${conditions.join(' AND ')} RETURNING 1),
saved AS (
  UPDATE ${kept} AS p
     SET cursor = $2::jsonb, read = p.read + $3::bigint, problems = p.problems + $4::bigint,
         written = p.written + (SELECT count(*) FROM done), ${missed} updated_at = clock_timestamp()
   WHERE ${isMine} AND EXISTS (SELECT FROM mine) RETURNING 1)
SELECT EXISTS (SELECT FROM saved) AS "isMine", (SELECT count(*) FROM done) AS written`;
}
