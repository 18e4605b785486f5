import type { KeyReplacement } from '@fieldseal/core';
import { notifyWatchers } from '../connection/hint-channel.ts';
import type { Session } from '../connection/session.ts';
import { replaceRows } from '../rows/replace-rows.ts';
import { sqlTable } from '../rows/sql-table.ts';

/** Runs inside a transaction. */
export async function replaceKeys(
  session: Session,
  schema: string,
  replacements: readonly KeyReplacement[],
): Promise<number> {
  let replaced = 0;
  for (const table of ['data_key', 'index_key'] as const) {
    const mine = replacements.filter(({ row }) => row.table === table);
    if (mine.length > 0) replaced += await replaceRows(session, schema, sqlTable(table), mine);
  }
  if (replaced > 0) await notifyWatchers(session, schema);
  return replaced;
}
