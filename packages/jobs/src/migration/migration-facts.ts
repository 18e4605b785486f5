import type { ManifestModel } from '@fieldseal/core';
import type { Session } from '../table/session.ts';
import { tableName } from '../table/sql-names.ts';

/** A column as a migration finds it. */
export interface ColumnFacts {
  /** As a cast spells it, such as `numeric(12,2)`. */
  readonly type: string;
  /** Characters of a `varchar`; absent where there is no limit. */
  readonly maxLength?: number;
  readonly isNullable: boolean;
  /** SQL of its default; absent where it has none. */
  readonly default?: string;
}

/** An index as a migration finds it. */
export interface IndexFacts {
  /** Whether PostgreSQL uses it: a build that failed leaves one behind. */
  readonly isValid: boolean;
  readonly columns: readonly string[];
  /** SQL that makes it again: of the constraint that it belongs to, or of the index. */
  readonly definition: string;
  readonly isConstraint: boolean;
}

/** What a migration has to know of a table. */
export interface MigrationFacts {
  /** By database name; empty where there is no such table. */
  readonly columns: ReadonlyMap<string, ColumnFacts>;
  /** By name. */
  readonly indexes: ReadonlyMap<string, IndexFacts>;
  readonly constraints: ReadonlySet<string>;
}

const COLUMNS = `
SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS "type",
       CASE WHEN t.typname = 'varchar' AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS "maxLength",
       NOT a.attnotnull AS "isNullable", pg_get_expr(d.adbin, d.adrelid) AS "default"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`;

const INDEXES = `
SELECT c.relname AS "name", i.indisvalid AS "isValid",
       ARRAY(SELECT a.attname::text FROM pg_attribute a
              WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) AS "columns",
       k.oid IS NOT NULL AS "isConstraint",
       coalesce(pg_get_constraintdef(k.oid), pg_get_indexdef(i.indexrelid)) AS "definition"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
 WHERE i.indrelid = to_regclass($1)`;

const CONSTRAINTS = `SELECT conname AS "name" FROM pg_constraint WHERE conrelid = to_regclass($1)`;

/** Reads a table from the catalogue, also one that has not the columns of the manifest yet. */
export async function readMigrationFacts(
  session: Session,
  model: ManifestModel,
): Promise<MigrationFacts> {
  const table = [tableName(model)];
  const columns = await session.rows(COLUMNS, table);
  const indexes = await session.rows(INDEXES, table);
  const constraints = await session.rows(CONSTRAINTS, table);
  return {
    columns: new Map(columns.map((row) => [String(row.column), columnFacts(row)])),
    indexes: new Map(indexes.map((row) => [String(row.name), indexFacts(row)])),
    constraints: new Set(constraints.map(({ name }) => String(name))),
  };
}

function indexFacts(row: Readonly<Record<string, unknown>>): IndexFacts {
  return {
    isValid: row.isValid === true,
    isConstraint: row.isConstraint === true,
    columns: row.columns as readonly string[],
    definition: String(row.definition),
  };
}

function columnFacts(row: Readonly<Record<string, unknown>>): ColumnFacts {
  const { type, maxLength, isNullable, default: initial } = row;
  return {
    type: String(type),
    isNullable: isNullable === true,
    ...(typeof maxLength === 'number' ? { maxLength } : {}),
    ...(typeof initial === 'string' ? { default: initial } : {}),
  };
}
