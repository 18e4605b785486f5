import type { ManifestField, ManifestModel } from '@fieldseal/core';
import { quoted, tableName } from './sql-names.ts';

/** Name of the constraint that lets PostgreSQL itself refuse plaintext; at most 63 bytes. */
export function checkConstraintName({ id }: Pick<ManifestField, 'id'>): string {
  return `fieldseal_${id.replace(/[^A-Za-z0-9_]/g, '_')}`.slice(0, 63);
}

/** What a row has to fulfil: no plaintext, and no cell without its tokens. */
export function checkConstraintRule(field: ManifestField): string {
  const column = quoted(field.column);
  const isCell =
    field.storage === 'text'
      ? `starts_with(${column}, 'fs1.')`
      : `get_byte(${column}, 0) = 245 AND octet_length(${column}) >= 60`;
  const tokens = field.indexes.map((index) => `${quoted(index.column)} IS NOT NULL`);
  return `${column} IS NULL OR (${[isCell, ...tokens].join(' AND ')})`;
}

/**
 * SQL that makes PostgreSQL refuse plaintext in a sealed column, and a cell without its tokens. Added
 * without a scan of the table, then validated without blocking writers.
 *
 * @example
 * ```ts
 * import { checkConstraintSql } from '@fieldseal/jobs';
 *
 * for (const model of manifest.models) {
 *   for (const field of model.fields) process.stdout.write(`${checkConstraintSql(model, field)}\n`);
 * }
 * ```
 */
export function checkConstraintSql(model: ManifestModel, field: ManifestField): string {
  const rule = checkConstraintRule(field);
  const name = quoted(checkConstraintName(field));
  const table = `ALTER TABLE ${tableName(model)}`;
  return `${table} ADD CONSTRAINT ${name} CHECK (${rule}) NOT VALID;\n${table} VALIDATE CONSTRAINT ${name};`;
}
