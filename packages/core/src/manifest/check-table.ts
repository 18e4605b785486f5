import { FieldsealError } from '../errors/fieldseal-error.ts';
import { shortestColumn } from './column-length.ts';
import type { ManifestField, ManifestIndex, ManifestModel, ManifestOldColumn } from './manifest.ts';

/** A column as the database has it. */
export interface TableColumn {
  /** Name of the underlying type, such as `text`, `varchar` or `bytea`. */
  readonly type: string;
  /** In characters; absent when there is no limit. */
  readonly maxLength?: number;
  /** Whether it takes NULL; absent: not known. */
  readonly isNullable?: boolean;
}

/** One table of the database, by the database's names. */
export interface TableFacts {
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** Columns that are in some valid index. */
  readonly indexed: ReadonlySet<string>;
}

const TEXT_TYPES: readonly string[] = ['text', 'varchar', 'bpchar'];

/**
 * Compares a model with its table: columns exist, types and lengths fit, token columns are indexed.
 *
 * @param table - `undefined`: the database has no such table.
 * @throws `ERR_MANIFEST_MISMATCH`
 *
 * @example
 * ```ts
 * import { checkTable } from '@fieldseal/core';
 *
 * for (const model of manifest.models) {
 *   const columns = new Map([['number', { type: 'text' }], ['numberToken', { type: 'bytea' }]]);
 *   checkTable(model, { columns, indexed: new Set(['numberToken']) });
 * }
 * ```
 */
export function checkTable(model: ManifestModel, table: TableFacts | undefined): void {
  if (table === undefined) throw mismatch(model, 'the database has no such table');
  for (const field of model.fields) {
    checkField(model, field, table.columns.get(field.column));
    for (const index of field.indexes) checkToken(model, index, table);
    if (field.from !== undefined) checkOldColumn(model, field, field.from, table);
  }
}

function checkField(
  model: ManifestModel,
  field: ManifestField,
  column: TableColumn | undefined,
): void {
  if (column === undefined) throw mismatch(model, 'the column is missing', field.column);
  const types = field.storage === 'text' ? TEXT_TYPES : ['bytea'];
  if (!types.includes(column.type)) {
    throw mismatch(model, `the column is ${column.type}, not ${types[0]}`, field.column);
  }
  const needed = shortestColumn(field.type, field.pad);
  if (column.maxLength !== undefined && column.maxLength < needed) {
    throw mismatch(model, `the column takes less than ${needed} characters`, field.column);
  }
}

/** A value stands in one of the two columns, so each has to take NULL. */
function checkOldColumn(
  model: ManifestModel,
  field: ManifestField,
  { column, type }: ManifestOldColumn,
  { columns }: TableFacts,
): void {
  const found = columns.get(column);
  if (found === undefined) throw mismatch(model, 'the old column is missing', column);
  if (found.type !== type) {
    throw mismatch(model, `the old column is ${found.type}, not ${type}`, column);
  }
  for (const name of [column, field.column]) {
    if (columns.get(name)?.isNullable !== false) continue;
    throw mismatch(model, 'the column is NOT NULL, and values are moving out of or into it', name);
  }
}

function checkToken(model: ManifestModel, { column }: ManifestIndex, table: TableFacts): void {
  const found = table.columns.get(column);
  if (found === undefined) throw mismatch(model, 'the token column is missing', column);
  if (found.type !== 'bytea') {
    throw mismatch(model, `the token column is ${found.type}, not bytea`, column);
  }
  // the index is on the tables that a view is over
  if (model.view === true || table.indexed.has(column)) return;
  throw mismatch(model, 'the token column has no index', column);
}

function mismatch(model: ManifestModel, why: string, column?: string): FieldsealError {
  const { name, table } = model;
  return new FieldsealError(
    'ERR_MANIFEST_MISMATCH',
    `${name}: ${table}${column === undefined ? '' : `.${column}`}: ${why}; run your migrations`,
    { model: name, table, ...(column === undefined ? {} : { column }) },
  );
}
