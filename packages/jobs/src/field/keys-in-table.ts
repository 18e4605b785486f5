import type { Session } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import type { FieldTarget } from './field-target.ts';

/** Which of the keys a row has, as the JSON of their texts. */
export async function keysInTable(
  session: Session,
  { model, table }: FieldTarget,
  keys: readonly (readonly string[])[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const lists = model.primaryKey.map((_, i) => keys.map((key) => key[i]));
  const columns = model.primaryKey.map(({ column }, i) => `t.${quoted(column)}::text AS k${i}`);
  const same = model.primaryKey.map(
    ({ column }, i) => `t.${quoted(column)} = m.c${i}::${table.types.get(column)}`,
  );
  const found = await session.rows(
    `SELECT ${columns.join(', ')} FROM ${table.name} AS t
       JOIN unnest(${lists.map((_, i) => `$${i + 1}::text[]`).join(', ')})
         AS m(${lists.map((_, i) => `c${i}`).join(', ')}) ON ${same.join(' AND ')}`,
    lists,
  );
  return new Set(
    found.map((row) => JSON.stringify(model.primaryKey.map((_, i) => String(row[`k${i}`])))),
  );
}
