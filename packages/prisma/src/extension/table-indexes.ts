import type { ManifestModel } from '@fieldseal/core';
import type { PrismaManifest, PrismaModel } from '../manifest/prisma-manifest.ts';
import type { ExtendedClient } from './extended-client.ts';
import { isRecord } from './record.ts';

/** A valid index of a table of the manifest. */
export interface TableIndex {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

const INDEXES = `
SELECT n.nspname::text AS "schema", t.relname::text AS "table", x.relname::text AS "name",
       i.indisunique AS "isUnique",
       (SELECT json_agg(a.attname::text ORDER BY k.place)::text
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) AS "columns"
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
 WHERE i.indisvalid AND t.relname IN (SELECT json_array_elements_text($1::json))
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`;

/** Reads the indexes of the tables that have sealed fields. */
export async function readTableIndexes(
  client: ExtendedClient,
  manifest: PrismaManifest,
): Promise<readonly TableIndex[]> {
  const tables = JSON.stringify(manifest.models.map((model) => model.table));
  const rows = await client.$queryRawUnsafe(INDEXES, tables);
  return Array.isArray(rows) ? rows.filter(isRecord).map(toIndex) : [];
}

function toIndex(row: Record<string, unknown>): TableIndex {
  const columns: unknown = JSON.parse(String(row.columns ?? '[]'));
  return {
    schema: String(row.schema),
    table: String(row.table),
    name: String(row.name),
    columns: Array.isArray(columns) ? columns.map(String) : [],
    isUnique: row.isUnique === true,
  };
}

/** The columns of a model's table that some index holds. */
export function indexedColumns(
  schema: string,
  { table }: ManifestModel,
  indexes: readonly TableIndex[],
): ReadonlySet<string> {
  const own = indexes.filter((index) => index.schema === schema && index.table === table);
  return new Set(own.flatMap(({ columns }) => columns));
}

/** Which fields, as the application calls them, each unique index is about. */
export function constraintFields(
  manifest: PrismaManifest,
  indexes: readonly TableIndex[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const index of indexes.filter((each) => each.isUnique)) {
    const model = Object.values(manifest.graph).find((each) => each.table === index.table);
    if (model === undefined) continue;
    const names = fieldsByColumn(manifest, model);
    found.set(
      index.name,
      index.columns.map((column) => names.get(column) ?? column),
    );
  }
  return found;
}

function fieldsByColumn(manifest: PrismaManifest, model: PrismaModel): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, field] of Object.entries(model.fields)) {
    if (field.column !== undefined) names.set(field.column, name);
  }
  const sealed = manifest.models.find((each) => each.name === model.name);
  for (const field of sealed?.fields ?? []) {
    for (const index of field.indexes) names.set(index.column, field.name);
  }
  return names;
}
