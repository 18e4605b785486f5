import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import { MOST_SHARDS } from './most-shards.ts';
import type { KeyRange } from './shard-store.ts';

/** Rows that are worth a message of their own. */
const ROWS_OF_SHARD = 20_000;
/** So that several workers have something to do in a small table too. */
const LEAST_SHARDS = 4;
/** Above that a sample of the keys says where to cut: shards need not be of equal size. */
const SAMPLED_ABOVE = 200_000;
const SAMPLED_ROWS = 50_000;

/**
 * Cuts a table into ranges of its primary key that cover every key there can be.
 *
 * @param table.name - Quoted.
 * @param table.rows - An estimate.
 */
export async function splitTable(
  session: Session,
  table: { readonly name: string; readonly rows: number },
  keyColumns: readonly string[],
): Promise<readonly KeyRange[]> {
  const shards = Math.min(
    MOST_SHARDS,
    Math.max(LEAST_SHARDS, Math.ceil(table.rows / ROWS_OF_SHARD)),
  );
  const keys = keyColumns.map((column) => `t.${quoted(column)}`);
  const percent = Math.max(0.01, (100 * SAMPLED_ROWS) / table.rows);
  const sample = table.rows > SAMPLED_ABOVE ? ` TABLESAMPLE SYSTEM (${percent.toFixed(4)})` : '';
  const rows = await session.rows(
    `SELECT ${keys.map((_, i) => `k${i}`).join(', ')} FROM (
       SELECT ${keys.map((key, i) => `${key}::text AS k${i}`).join(', ')},
              row_number() OVER (ORDER BY ${keys.join(', ')}) AS n, count(*) OVER () AS total
         FROM ${table.name} AS t${sample}) AS numbered
      WHERE n < total AND n % greatest(1, ceil(total / $1::float8)::bigint) = 0 ORDER BY n`,
    [shards],
  );
  const cuts = rows.map((row) => keys.map((_, i) => String(row[`k${i}`])));
  return [...cuts, null].map((upTo, i) => ({
    after: i === 0 ? null : (cuts[i - 1] ?? null),
    upTo,
  }));
}
