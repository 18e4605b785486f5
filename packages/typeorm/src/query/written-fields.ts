import { FieldsealError } from '@fieldseal/core';
import type { ObjectLiteral } from 'typeorm';
import { Parameter } from '../annotation/parameter.ts';
import type { SealedColumn, SealedEntity } from '../model/sealed-entities.ts';
import { refusal } from './refusal.ts';

/**
 * The sealed fields that an entity or partial entity sets, `null` to clear.
 * @throws `ERR_OPERATOR_UNSUPPORTED` for an SQL expression or a token column
 */
export function writtenFields(
  entity: SealedEntity,
  values: ObjectLiteral,
): ReadonlyMap<SealedColumn, unknown> {
  const found = new Map<SealedColumn, unknown>();
  for (const sealed of entity.sealed.values()) {
    const value: unknown = sealed.column.getEntityValue(values);
    if (value === undefined) continue;
    const place = { model: entity.model, field: sealed.field.name };
    if (typeof value === 'function' || value instanceof Parameter) {
      const why = 'the database cannot seal the result of an expression; give a value';
      throw refusal({ ...place, operator: 'an SQL expression' }, why);
    }
    if (value === null) checkClearing(entity, sealed);
    found.set(sealed, value);
  }
  for (const [column, { sealed, index }] of entity.tokenOf) {
    // TypeORM sets what is nullable and was not given to null in saved entities
    if ((column.getEntityValue(values) ?? null) === null) continue;
    const place = { model: entity.model, field: index.name, operator: 'a value' };
    throw refusal(place, `it is made from ${sealed.field.name}`);
  }
  for (const [column, { field }] of entity.oldOf) {
    if (column.getEntityValue(values) === undefined) continue;
    const place = { model: entity.model, field: column.propertyPath, operator: 'a value' };
    throw refusal(place, `it is written with ${field.name}`);
  }
  return found;
}

/** While a field moves both of its columns take NULL, so the database does not refuse it. */
function checkClearing({ model }: SealedEntity, { field: { name, from, nullable } }: SealedColumn) {
  if (from === undefined || nullable) return;
  const message = `${model}.${name}: the field is required and cannot be null`;
  throw new FieldsealError('ERR_VALUE_TYPE', message, { model, field: name });
}

/** @throws `ERR_VALUE_TYPE` for a new row without a required field that moves */
export function checkRequired(
  { model, oldOf }: SealedEntity,
  written: ReadonlyMap<SealedColumn, unknown>,
): void {
  for (const sealed of oldOf.values()) {
    const { name, nullable } = sealed.field;
    if (nullable || written.has(sealed)) continue;
    const message = `${model}.${name}: the field is required`;
    throw new FieldsealError('ERR_VALUE_TYPE', message, { model, field: name });
  }
}

/** @throws `ERR_ROW_UNKNOWN` */
export function rowUnknown(entity: SealedEntity, why: string): FieldsealError {
  return new FieldsealError('ERR_ROW_UNKNOWN', `${entity.model}: ${why}`, { model: entity.model });
}
