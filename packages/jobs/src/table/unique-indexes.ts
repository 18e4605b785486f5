import type { Session } from './session.ts';

/** A column of a unique index, and how the index compares it. */
export interface IndexColumn {
  readonly name: string;
  /** Quoted, with its schema, as `OPERATOR()` takes it. */
  readonly equality: string;
  /** What both sides are cast to for the operator; `null` where it takes any type of a kind. */
  readonly type: string | null;
  /** Quoted, with its schema; `null` for a type that has none. */
  readonly collation: string | null;
  /** Whether the table computes it, which is after its triggers before a write. */
  readonly isGenerated: boolean;
}

/** A unique index of a table, as far as it is about a column. */
export interface UniqueIndex {
  readonly name: string;
  /** Its columns; expressions are not among them. */
  readonly columns: readonly IndexColumn[];
  /** Whether it is over whole columns of all rows, takes no NULL for equal to another, and compares at once. */
  readonly isPlain: boolean;
}

/** Strategy 3 of a btree, which is what a unique index is, is equality; NULLS NOT DISTINCT is of version 15. */
const UNIQUES = `
SELECT c.relname AS "name",
       (SELECT coalesce(json_agg(json_build_object(
                 'name', a.attname, 'isGenerated', a.attgenerated <> '',
                 'equality', (SELECT format('%I.%s', n.nspname, p.oprname)
                                FROM pg_amop m JOIN pg_operator p ON p.oid = m.amopopr
                                JOIN pg_namespace n ON n.oid = p.oprnamespace
                               WHERE m.amopfamily = o.opcfamily AND m.amopstrategy = 3
                                 AND m.amoplefttype = o.opcintype AND m.amoprighttype = o.opcintype),
                 'type', (SELECT format('%I.%I', n.nspname, y.typname)
                            FROM pg_type y JOIN pg_namespace n ON n.oid = y.typnamespace
                           WHERE y.oid = o.opcintype AND y.typtype <> 'p'),
                 'collation', (SELECT format('%I.%I', n.nspname, l.collname)
                                 FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
                                WHERE l.oid = k.coll)
               ) ORDER BY k.place), '[]')
          FROM ROWS FROM (unnest(i.indkey::int2[]), unnest(i.indclass::oid[]), unnest(i.indcollation::oid[]))
                 WITH ORDINALITY AS k(num, class, coll, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
          JOIN pg_opclass o ON o.oid = k.class
         WHERE k.place <= i.indnkeyatts) AS "columns",
       i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate AND NOT i.indisexclusion
         AND NOT coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false) AS "isPlain"
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
    columns: columns as readonly IndexColumn[],
    isPlain: isPlain === true,
  }));
}
