import type { Checkpoint } from '../engine/job-store.ts';
import type { PageRow } from '../engine/page.ts';
import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
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

/** The columns that a batch changes besides those of tokens. */
export interface Written {
  /** The field's own column, and its old one. */
  readonly stored: boolean;
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
  const text = batchSql(target, written);
  const { field, model } = target;
  return {
    async write(changes, { jobId, cursor, read, problems }) {
      const keys = model.primaryKey.map((_, i) => changes.map(({ row }) => row.cursor[i]));
      const scopes = scopesOf(target).map((_, i) => changes.map(({ row }) => row.scopes[i]));
      const tokens = field.indexes.map((_, i) =>
        changes.map(({ tokens: made }) => bytesText(made[i])),
      );
      const [answer] = await session.rows(text, [
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
      ]);
      return answer?.isMine === true ? Number(answer.written) : undefined;
    },
  };
}

const FIXED = 6;

function batchSql(target: FieldTarget, written: Written): string {
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
  const changes = written.stored ? [`${quoted(field.column)} = n.after`] : [];
  if (written.stored && field.from !== undefined) {
    const { column } = field.from;
    changes.push(`${quoted(column)} = n.old_after::${table.types.get(column)}`);
  }
  field.indexes.forEach(({ column }, i) => {
    lists.push(`t${i}`);
    changes.push(`${quoted(column)} = n.t${i}::bytea`);
  });
  // bytes, not letters: a collation may take two spellings for one
  conditions.push(`t.${quoted(field.column)}::text COLLATE "C" IS NOT DISTINCT FROM n.before`);
  if (field.from !== undefined)
    conditions.push(`${oldText(target)} COLLATE "C" IS NOT DISTINCT FROM n.old_before`);
  const parameters = lists.map((_, i) => `$${FIXED - 1 + i}::text[]`);
  return `WITH mine AS MATERIALIZED (
  SELECT id FROM fieldseal_jobs.job WHERE id = $1::uuid AND state = 'running' FOR UPDATE),
n AS (SELECT * FROM unnest(${parameters.join(', ')}) AS n(${lists.join(', ')})),
done AS (
  UPDATE ${table.name} AS t SET ${changes.join(', ')}
    FROM n WHERE EXISTS (SELECT FROM mine) AND ${conditions.join(' AND ')} RETURNING 1),
saved AS (
  UPDATE fieldseal_jobs.job
     SET cursor = $2::jsonb, read = read + $3::bigint, problems = problems + $4::bigint,
         written = written + (SELECT count(*) FROM done), updated_at = clock_timestamp()
   WHERE id IN (SELECT id FROM mine) RETURNING id)
SELECT EXISTS (SELECT FROM saved) AS "isMine", (SELECT count(*) FROM done) AS written`;
}

function bytesText(bytes: Uint8Array | null | undefined): string | null {
  return bytes ? `\\x${Buffer.from(bytes).toString('hex')}` : null;
}
