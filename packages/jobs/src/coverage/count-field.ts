import { dataKeySql } from '../table/data-key-sql.ts';
import type { Session, SqlRow } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import type { CoveredField } from './covered-fields.ts';
import { estimateOf, type Sample } from './sample.ts';

/** How many rows there are of something. */
export interface Count {
  readonly rows: number;
  /** With the confidence of the sample the true number is no further away; 0 when it was counted. */
  readonly margin: number;
}

/** What stands in one column. */
export interface FieldCounts {
  /** Cells by the id of their data key, 32 hexadecimal digits. */
  readonly cells: ReadonlyMap<string, Count>;
  readonly nulls: Count;
  /** Text that is no cell, and values in the old column. */
  readonly plaintext: Count;
  /** What begins as a cell and is none, and anything else in a binary column. */
  readonly malformed: Count;
  /** A class or a data key that a sample did not meet has at most so many rows. */
  readonly unseen: number;
}

type Kind = 'cell' | 'null' | 'plaintext' | 'malformed' | 'old';

/** SQL of what stands in the column, with the id of a cell. */
function classes({ field }: CoveredField): readonly [kind: string, id: string] {
  const column = quoted(field.column);
  const id = dataKeySql(field);
  const isMalformed = field.storage === 'text' ? `starts_with(${column}::text, 'fs1.')` : 'true';
  const kind =
    `CASE WHEN ${column} IS NULL THEN 'null' WHEN (${id}) IS NOT NULL THEN 'cell'` +
    ` WHEN ${isMalformed} THEN 'malformed' ELSE 'plaintext' END`;
  return [kind, id];
}

/** One grouped statement over the whole table, or over the pages of a sample. */
export function countSql(covered: CoveredField, sample?: Sample): string {
  const { field, table, hasOld } = covered;
  const [kind, id] = classes(covered);
  const old =
    hasOld && field.from !== undefined ? `${quoted(field.from.column)} IS NOT NULL` : 'false';
  if (sample === undefined) {
    return `SELECT ${kind} AS kind, encode(${id}, 'hex') AS id, count(*) AS n,
       count(*) FILTER (WHERE ${old}) AS old FROM ${table} GROUP BY 1, 2`;
  }
  // pages are drawn one by one, so the counts of each are what the error is computed from
  const page = `tableoid, (ctid::text::point)[0]::bigint`;
  return `SELECT kind, id, sum(n) AS n, sum(n * n) AS squares, max(n) AS most, sum(old) AS old,
       sum(old * old) AS "oldSquares", max(old) AS "oldMost"
  FROM (SELECT ${kind} AS kind, encode(${id}, 'hex') AS id, count(*)::numeric AS n,
               (count(*) FILTER (WHERE ${old}))::numeric AS old
          FROM ${table} TABLESAMPLE SYSTEM (${sample.percent}) REPEATABLE (${sample.seed})
         GROUP BY ${page}, 1, 2) AS pages
 GROUP BY 1, 2`;
}

/** @throws `ERR_DATABASE` */
export async function countField(
  session: Session,
  covered: CoveredField,
  sample?: Sample,
): Promise<FieldCounts> {
  const rows = await session.rows(countSql(covered, sample));
  const most = Math.max(1, ...rows.map((row) => Number(row.most ?? 0)));
  const count = (row: SqlRow, which: 'n' | 'old'): Count => {
    if (sample === undefined) return { rows: Number(row[which]), margin: 0 };
    const squares = Number(which === 'n' ? row.squares : row.oldSquares);
    return estimateOf(sample, { sum: Number(row[which]), squares, most });
  };
  const cells = new Map<string, Count>();
  const others = new Map<Kind, Count>();
  for (const row of rows) {
    const kind = row.kind as Kind;
    if (kind === 'cell') cells.set(row.id as string, count(row, 'n'));
    else others.set(kind, count(row, 'n'));
    others.set('old', added(others.get('old'), count(row, 'old')));
  }
  const unseen = sample === undefined ? 0 : estimateOf(sample, { sum: 0, squares: 0, most }).margin;
  const none: Count = { rows: 0, margin: unseen };
  const old = covered.hasOld ? others.get('old') : undefined;
  return {
    cells,
    nulls: others.get('null') ?? none,
    plaintext:
      old === undefined ? (others.get('plaintext') ?? none) : added(others.get('plaintext'), old),
    malformed: others.get('malformed') ?? none,
    unseen,
  };
}

/** Margins add up: that is never too little. */
export function added(a: Count | undefined, b: Count): Count {
  return a === undefined ? b : { rows: a.rows + b.rows, margin: a.margin + b.margin };
}
