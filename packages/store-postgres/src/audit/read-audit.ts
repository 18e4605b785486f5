import type { AuditPage, AuditRow, AuditTable, StoredRow } from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { selectExpression } from '../rows/column-codec.ts';
import { qualified, sqlTable, toStoredRow } from '../rows/sql-table.ts';

const MAX_ROWS = 1000;

function columnList(table: AuditTable): string {
  return sqlTable(table)
    .columns.map(({ name, type }) => selectExpression(name, type))
    .join(', ');
}

/** A piece of one chain. Sorted by the column, not by its text of the same name. */
export async function readChain<Table extends AuditTable>(
  session: Session,
  schema: string,
  table: Table,
  { chain, after, limit }: AuditPage,
): Promise<readonly StoredRow<Table>[]> {
  const rows = await session.rows(
    `SELECT ${columnList(table)} FROM ${qualified(schema, table)} AS stored
WHERE stored.chain = $1::text AND stored.sequence > $2::bigint
ORDER BY stored.sequence LIMIT $3::integer`,
    [chain, String(after), Math.min(limit, MAX_ROWS)],
  );
  return rows.map((row) => toStoredRow(sqlTable(table), row));
}

export async function readHead(
  session: Session,
  schema: string,
  chain: string,
): Promise<AuditRow | null> {
  const [row] = await session.rows(
    `SELECT ${columnList('audit_entry')} FROM ${qualified(schema, 'audit_entry')} AS stored
WHERE stored.chain = $1::text ORDER BY stored.sequence DESC LIMIT 1`,
    [chain],
  );
  return row === undefined ? null : toStoredRow(sqlTable('audit_entry'), row);
}

/** Jumps from chain to chain on the primary key, so that long chains cost no more than short ones. */
export async function readHeads(
  session: Session,
  schema: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly AuditRow[]> {
  const table = qualified(schema, 'audit_entry');
  const next = (bound: string) =>
    `SELECT stored.chain FROM ${table} AS stored WHERE stored.chain > ${bound} ORDER BY stored.chain LIMIT 1`;
  const rows = await session.rows(
    `WITH RECURSIVE chains (chain) AS (
  (${next('$1::text')})
  UNION ALL
  SELECT (${next('chains.chain')}) FROM chains WHERE chains.chain IS NOT NULL
)
SELECT newest.* FROM (SELECT chains.chain FROM chains WHERE chains.chain IS NOT NULL LIMIT $2::integer) AS wanted
CROSS JOIN LATERAL (
  SELECT ${columnList('audit_entry')} FROM ${table} AS stored
  WHERE stored.chain = wanted.chain ORDER BY stored.sequence DESC LIMIT 1
) AS newest`,
    [after, Math.min(limit, MAX_ROWS)],
  );
  return rows.map((row) => toStoredRow(sqlTable('audit_entry'), row));
}

/** One step on the index for each action, so that the length of the trail does not count. */
export async function readLastUse(
  session: Session,
  schema: string,
  { keyId, actions }: { readonly keyId: string; readonly actions: readonly string[] },
): Promise<AuditRow | null> {
  const end = 'coalesce(stored.ended_at, stored.occurred_at)';
  const [row] = await session.rows(
    `SELECT newest.* FROM pg_catalog.unnest($2::text[]) AS wanted (action)
CROSS JOIN LATERAL (
  SELECT ${columnList('audit_entry')}, ${end} AS last_use FROM ${qualified(schema, 'audit_entry')} AS stored
  WHERE stored.key_id = $1::text AND stored.action = wanted.action AND stored.outcome = 'Success'
  ORDER BY ${end} DESC LIMIT 1
) AS newest ORDER BY newest.last_use DESC LIMIT 1`,
    [keyId, actions],
  );
  return row === undefined ? null : toStoredRow(sqlTable('audit_entry'), row);
}
