import type { Session } from '../table/session.ts';
import { quoted, tableName } from '../table/sql-names.ts';
import { type MeasuredIndex, tenantSql } from './measured-index.ts';
import type { TokenGroup } from './token-spread.ts';

/** Counts the tokens of a column, as whoever has a dump of it can. */
export async function countTokens(
  session: Session,
  measured: MeasuredIndex,
): Promise<readonly TokenGroup[]> {
  const token = `t.${quoted(measured.index.column)}`;
  const rows = await session.rows(
    `SELECT n, total, count(*) AS tokens
       FROM (SELECT count(*) AS n, sum(count(*)) OVER (PARTITION BY tenant) AS total
               FROM (SELECT ${token} AS token, ${tenantSql(measured)} AS tenant
                       FROM ${tableName(measured.model)} AS t WHERE ${token} IS NOT NULL) AS v
              GROUP BY tenant, token) AS g
      GROUP BY n, total`,
  );
  return rows.map(({ n, total, tokens }) => ({
    rows: Number(n),
    of: Number(total),
    tokens: Number(tokens),
  }));
}
