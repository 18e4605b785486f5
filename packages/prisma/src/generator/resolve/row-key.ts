import type { ManifestKeyColumn, RowKeyType } from '@fieldseal/core';
import type { DMMF } from '@prisma/generator-helper';

/** Defaults that the extension can make before the insert. */
const CLIENT_DEFAULTS = new Set(['uuid', 'cuid', 'nanoid', 'ulid']);

/** Native text types that give back exactly what was written; `char(n)` pads, `inet` rewrites. */
const EXACT_TEXT = new Set(['Text', 'VarChar']);

/** Fields of the primary key in the order of the schema; empty without one. */
export function primaryKeyFields(model: DMMF.Model): readonly DMMF.Field[] {
  const names = model.primaryKey?.fields ?? model.fields.filter((f) => f.isId).map((f) => f.name);
  return names.flatMap((name) => model.fields.filter((field) => field.name === name));
}

/** Key columns sorted by database name, as FORMAT.md section 3 orders a row. */
export function primaryKeyColumns(model: DMMF.Model): readonly ManifestKeyColumn[] {
  return primaryKeyFields(model)
    .map((field) => ({
      name: field.name,
      column: field.dbName ?? field.name,
      type: rowKeyType(field),
    }))
    .sort((a, b) => (a.column < b.column ? -1 : 1));
}

function rowKeyType(field: DMMF.Field): RowKeyType | null {
  if (field.kind !== 'scalar') return null;
  const native = field.nativeType?.[0];
  if (field.type === 'Int' || field.type === 'BigInt') return 'int';
  if (field.type === 'Bytes') return 'bytes';
  if (field.type !== 'String') return null;
  if (native === 'Uuid') return 'uuid';
  return native === undefined || EXACT_TEXT.has(native) ? 'text' : null;
}

/**
 * Why cells cannot be bound to the rows of a model: the writer has to know the whole key before
 * the insert, and nothing may change it behind us.
 * @returns `undefined` when they can
 */
export function whyNotRowBound(model: DMMF.Model): string | undefined {
  const foreignKeys = new Set(model.fields.flatMap((field) => field.relationFromFields ?? []));
  const fields = primaryKeyFields(model);
  if (fields.length === 0) return 'the table has no primary key';
  for (const field of fields) {
    if (rowKeyType(field) === null)
      return `a cell cannot be bound to a key column of the type of "${field.name}"`;
    if (foreignKeys.has(field.name))
      return `"${field.name}" is part of a foreign key, so a cascade can change it`;
    if (field.hasDefaultValue && !isClientDefault(field))
      return `"${field.name}" gets its value from the database, after the cell is sealed`;
  }
  return undefined;
}

function isClientDefault(field: DMMF.Field): boolean {
  const value = field.default;
  return typeof value === 'object' && 'name' in value && CLIENT_DEFAULTS.has(value.name);
}
