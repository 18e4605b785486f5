import type { ManifestField, ManifestModel } from '@fieldseal/core';
import { quoted, tableName } from './sql-names.ts';

/**
 * SQL of the data key's id in the field's column; NULL where no well-formed cell stands. The index of
 * {@link dataKeyIndexSql} is over this very expression, or PostgreSQL would not use it.
 *
 * A cell begins with 0xF5, suite 1 or 2, flags 0 or 1, and the id in its bytes 4 to 19; it has at least
 * 60 bytes (FORMAT.md section 3), which are 80 characters. Nothing of it is authentic before it is open.
 */
export function dataKeySql({ column, storage }: Pick<ManifestField, 'column' | 'storage'>): string {
  const name = quoted(column);
  if (storage === 'bytes') {
    const heads = ['f50100', 'f50101', 'f50200', 'f50201'].map((hex) => `'\\x${hex}'::bytea`);
    const isCell = `octet_length(${name}) >= 60 AND substring(${name} from 1 for 3) IN (${heads.join(', ')})`;
    return `CASE WHEN ${isCell} THEN substring(${name} from 4 for 16) END`;
  }
  const text = `${name}::text`;
  const isCell = `${text} COLLATE "C" ~ '^fs1\\.9Q[EI][AB][A-Za-z0-9_-]{76}'`;
  const start = `decode(translate(substr(${text}, 5, 28), '-_', '+/'), 'base64')`;
  return `CASE WHEN ${isCell} THEN substring(${start} from 4 for 16) END`;
}

/** Name of the index; at most 63 bytes. */
export function dataKeyIndexName({ id }: Pick<ManifestField, 'id'>): string {
  return `fieldseal_key_${id.replace(/[^A-Za-z0-9_]/g, '_')}`.slice(0, 63);
}

/**
 * SQL of an index by data key, with which PostgreSQL finds the cells under one data key without reading the table.
 * `countCells` answers from it before a key ends; `coverage` counts all of a column at once, and reads the table with or
 * without it. Built while the table is written to; no transaction may be around it.
 *
 * @example
 * ```ts
 * import { dataKeyIndexSql } from '@fieldseal/jobs';
 *
 * for (const model of manifest.models) {
 *   for (const field of model.fields) process.stdout.write(`${dataKeyIndexSql(model, field)}\n`);
 * }
 * ```
 */
export function dataKeyIndexSql(model: ManifestModel, field: ManifestField): string {
  const name = quoted(dataKeyIndexName(field));
  return `CREATE INDEX CONCURRENTLY ${name} ON ${tableName(model)} ((${dataKeySql(field)}));`;
}
