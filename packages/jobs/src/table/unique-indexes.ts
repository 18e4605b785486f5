import type { Session } from './session.ts';

/** A unique index of a table, as far as it is about a column. */
export interface UniqueIndex {
  readonly name: string;
  /** Its columns; expressions are not among them. */
  readonly columns: readonly string[];
  /** Whether it is over whole columns of all rows, and compares at once. */
  readonly isPlain: boolean;
}

const UNIQUES = `
SELECT c.relname AS "name",
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(num, place)
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
              WHERE k.place <= i.indnkeyatts) AS "columns",
       i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate AND NOT i.indisexclusion AS "isPlain"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = to_regclass($1) AND (i.indisunique OR i.indisexclusion)
   AND EXISTS (SELECT FROM pg_depend d
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
                WHERE d.refobjid = i.indrelid AND a.attname = $2
                  AND (d.objid = i.indexrelid
                       OR d.objid IN (SELECT k.oid FROM pg_constraint k
                                       WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)))
 ORDER BY c.relname`;

/**
 * Unique indexes, constraints and exclusions in which a column has a part, also in an expression or a condition.
 * @param table - Quoted, with its schema where it has one.
 */
export async function uniqueIndexes(
  session: Session,
  table: string,
  column: string,
): Promise<readonly UniqueIndex[]> {
  const rows = await session.rows(UNIQUES, [table, column]);
  return rows.map(({ name, columns, isPlain }) => ({
    name: String(name),
    columns: columns as readonly string[],
    isPlain: isPlain === true,
  }));
}
