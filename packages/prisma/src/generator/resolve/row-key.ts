import type { KeyColumnFacts, RowKeyType } from '@fieldseal/core';
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

/** What decides whether cells can be bound to the key columns, in the order of the schema. */
export function primaryKeyFacts(model: DMMF.Model): readonly KeyColumnFacts[] {
  const foreignKeys = new Set(model.fields.flatMap((field) => field.relationFromFields ?? []));
  return primaryKeyFields(model).map((field) => ({
    name: field.name,
    column: field.dbName ?? field.name,
    type: rowKeyType(field),
    isForeignKey: foreignKeys.has(field.name),
    isMadeByDatabase: field.hasDefaultValue && !isClientDefault(field),
  }));
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

function isClientDefault(field: DMMF.Field): boolean {
  const value = field.default;
  return typeof value === 'object' && 'name' in value && CLIENT_DEFAULTS.has(value.name);
}
