import { checkTable, FieldsealError, type ManifestModel, type TableColumn } from '@fieldseal/core';
import type { Session, SqlRow } from './session.ts';
import { tableName } from './sql-names.ts';

/** What a job has to know of a table besides the manifest. */
export interface Table {
  /** Quoted, with its schema. */
  readonly name: string;
  /** Types of columns as a cast spells them, by column name. */
  readonly types: ReadonlyMap<string, string>;
  /** Columns that are NOT NULL. */
  readonly required: ReadonlySet<string>;
  /** Triggers that an UPDATE fires, unless the session has them skipped; not those of constraints. */
  readonly triggers: readonly string[];
  /** Those that an UPDATE fires only where a session has others skipped. */
  readonly replicaTriggers: readonly string[];
  /** Estimate of the planner. */
  readonly rows: number;
}

const COLUMNS = `
SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS "type", t.typname AS "base",
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END
         AS "maxLength",
       NOT a.attnotnull AS "isNullable",
       EXISTS (SELECT FROM pg_index i
                WHERE i.indrelid = a.attrelid AND i.indisvalid AND a.attnum = ANY (i.indkey))
         AS "isIndexed"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;

/** ORIGIN ('O') ones are skipped, REPLICA ('R') ones fire just then, and ALWAYS ones in every session. */
const TRIGGERS = `
SELECT tgname AS "name", tgenabled = 'R' AS "isReplica" FROM pg_trigger
 WHERE tgrelid = to_regclass($1) AND NOT tgisinternal AND tgenabled IN ('O', 'R') AND tgtype & 16 > 0
 ORDER BY tgname`;

const ROWS = `
SELECT greatest(reltuples, 0)::float8 AS "rows" FROM pg_class WHERE oid = to_regclass($1)`;

/**
 * Reads a table from the catalogue and compares it with the manifest.
 * @throws `ERR_MANIFEST_MISMATCH`; `ERR_JOB_REFUSED` for a table whose rows have no name
 */
export async function readTable(session: Session, model: ManifestModel): Promise<Table> {
  const name = tableName(model);
  const columns = await session.rows(COLUMNS, [name]);
  checkTable(model, columns.length === 0 ? undefined : factsOf(columns));
  if (model.primaryKey.length === 0) {
    const message = `${model.name} has no primary key, so a job cannot say which row it is at`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, { model: model.name });
  }
  const triggers = await session.rows(TRIGGERS, [name]);
  const [estimate] = await session.rows(ROWS, [name]);
  return {
    name,
    types: new Map(columns.map(({ column, type }) => [String(column), String(type)])),
    required: new Set(
      columns.flatMap(({ column, isNullable }) => (isNullable === true ? [] : [String(column)])),
    ),
    triggers: namesOf(triggers, false),
    replicaTriggers: namesOf(triggers, true),
    rows: Number(estimate?.rows ?? 0),
  };
}

function namesOf(triggers: readonly SqlRow[], isReplica: boolean): readonly string[] {
  return triggers.filter((each) => each.isReplica === isReplica).map(({ name }) => String(name));
}

function factsOf(columns: readonly Readonly<Record<string, unknown>>[]) {
  const facts = columns.map(({ column, base, maxLength, isNullable }): [string, TableColumn] => [
    String(column),
    {
      type: String(base),
      isNullable: isNullable === true,
      ...(typeof maxLength === 'number' ? { maxLength } : {}),
    },
  ]);
  const indexed = columns.filter(({ isIndexed }) => isIndexed === true);
  return { columns: new Map(facts), indexed: new Set(indexed.map(({ column }) => String(column))) };
}
