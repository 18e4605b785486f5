import { checkTable, type FieldCodec, type ManifestModel, type TableColumn } from '@fieldseal/core';
import type { QueryRunner } from 'typeorm';

const COLUMNS = `
SELECT c.table_schema::text AS "schema", c.table_name::text AS "table",
       c.column_name::text AS "column", c.udt_name::text AS "type",
       c.character_maximum_length::int AS "maxLength", c.is_nullable = 'YES' AS "isNullable",
       coalesce(array_position(current_schemas(false), c.table_schema::name), 1000)::int AS "place",
       EXISTS (SELECT FROM pg_catalog.pg_index i
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                WHERE i.indisvalid AND a.attname = c.column_name
                  AND i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass) AS "isIndexed"
  FROM information_schema.columns c
 WHERE c.table_name = ANY ($1) AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 6, 1, 2`;

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly maxLength: number | null;
  readonly isNullable: boolean;
  readonly isIndexed: boolean;
}

/**
 * Proves that database and key store agree with the entities, before the first use of a sealed
 * field, on the connection of that use.
 * @throws `ERR_MANIFEST_MISMATCH` when a column or index is missing, or its type does not fit
 */
export async function selfCheck(codec: FieldCodec, queryRunner: QueryRunner): Promise<void> {
  const { models } = codec.manifest;
  const names = models.map(({ table }) => table);
  const rows = (await queryRunner.query(COLUMNS, [names])) as readonly ColumnRow[];
  for (const model of models) checkTable(model, tableOf(model, rows));
  await codec.register();
}

function tableOf(
  { table, schema }: ManifestModel,
  rows: readonly ColumnRow[],
): Parameters<typeof checkTable>[1] {
  const named = rows.filter((row) => row.table === table);
  // without a schema in the mapping the search path decides, as it does for TypeORM's queries
  const first = schema ?? named[0]?.schema;
  const mine = named.filter((row) => row.schema === first);
  if (mine.length === 0) return undefined;
  return {
    columns: new Map(mine.map((row) => [row.column, columnOf(row)])),
    indexed: new Set(mine.filter(({ isIndexed }) => isIndexed).map(({ column }) => column)),
  };
}

function columnOf({ type, maxLength, isNullable }: ColumnRow): TableColumn {
  return { type, isNullable, ...(maxLength === null ? {} : { maxLength }) };
}
