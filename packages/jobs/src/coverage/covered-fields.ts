import {
  FieldsealError,
  type Manifest,
  type ManifestField,
  type ManifestModel,
} from '@fieldseal/core';
import type { Session } from '../table/session.ts';
import { tableName } from '../table/sql-names.ts';

/** A field whose column is counted. */
export interface CoveredField {
  readonly model: ManifestModel;
  readonly field: ManifestField;
  /** Quoted, with its schema. */
  readonly table: string;
  /** Pages of the table, its partitions included. */
  readonly pages: number;
  /** Whether the old column of the field is there still. */
  readonly hasOld: boolean;
}

const FACTS = `
SELECT ceil(coalesce((SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(c.oid)),
                     pg_relation_size(c.oid)) / current_setting('block_size')::numeric)::float8 AS "pages",
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS "columns"
  FROM pg_class c WHERE c.oid = to_regclass($1)`;

/**
 * All sealed columns of a manifest, each once, however many models map it.
 * @throws `ERR_MANIFEST_MISMATCH` for one that is not there: what is not counted must not look empty
 */
export async function coveredFields(
  session: Session,
  manifest: Manifest,
): Promise<readonly CoveredField[]> {
  const found = new Map<string, CoveredField>();
  for (const model of manifest.models.filter(({ view }) => view !== true)) {
    const table = tableName(model);
    const [facts] = await session.rows(FACTS, [table]);
    const columns = (facts?.columns ?? []) as readonly string[];
    for (const field of model.fields) {
      if (!columns.includes(field.column)) throw missing(model, field);
      found.set(JSON.stringify([table, field.column]), {
        model,
        field,
        table,
        pages: Number(facts?.pages ?? 0),
        hasOld: field.from !== undefined && columns.includes(field.from.column),
      });
    }
  }
  return [...found.values()];
}

function missing({ name, table }: ManifestModel, { column }: ManifestField): FieldsealError {
  const message = `${name}: the database has no column ${column} in ${table}`;
  return new FieldsealError('ERR_MANIFEST_MISMATCH', message, { model: name, table, column });
}
