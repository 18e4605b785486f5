import { FieldsealError, type ManifestModel, type TableColumn } from '@fieldseal/core';
import type { ExtendedClient } from './extended-client.ts';
import { isRecord } from './record.ts';

/** The columns of one table, by the database's names. */
export interface Table {
  readonly schema: string;
  readonly columns: ReadonlyMap<string, TableColumn>;
}

/** `undefined` when there is no such table. */
export type TableLookup = (model: ManifestModel) => Table | undefined;

// Everything is cast to text: the driver adapter has no parser for the catalogue's own types.
const COLUMNS = `
SELECT c.table_schema::text AS "schema", c.table_name::text AS "table",
       c.column_name::text AS "column", c.udt_name::text AS "type",
       c.character_maximum_length::int AS "maxLength", c.is_nullable = 'YES' AS "isNullable",
       coalesce(array_position(current_schemas(false), c.table_schema::name), 1000)::int AS "place"
  FROM information_schema.columns c
 WHERE c.table_name IN (SELECT json_array_elements_text($1::json))
   AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 6, 1, 2`;

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly maxLength: number | null;
  readonly isNullable: boolean;
}

/** Reads the columns of the given models' tables in one query. */
export async function readTableColumns(
  client: ExtendedClient,
  models: readonly ManifestModel[],
): Promise<TableLookup> {
  const names = JSON.stringify(models.map((model) => model.table));
  const rows = columnRows(await client.$queryRawUnsafe(COLUMNS, names));
  return (model) => {
    const mine = rows.filter((row) => row.table === model.table);
    // Without a schema in the mapping the search path decides, as it does for Prisma's queries.
    const schema = model.schema ?? mine[0]?.schema;
    const rowsOfTable = mine.filter((row) => row.schema === schema);
    if (schema === undefined || rowsOfTable.length === 0) return undefined;
    return { schema, columns: new Map(rowsOfTable.map((row) => [row.column, columnOf(row)])) };
  };
}

function columnOf({ type, maxLength, isNullable }: ColumnRow): TableColumn {
  return { type, isNullable, ...(maxLength === null ? {} : { maxLength }) };
}

function columnRows(result: unknown): readonly ColumnRow[] {
  if (Array.isArray(result) && result.every(isRecord)) return result as unknown as ColumnRow[];
  throw new FieldsealError('ERR_NOT_WIRED', 'The client did not answer the self-check with rows');
}
