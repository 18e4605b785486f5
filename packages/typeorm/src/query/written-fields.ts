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
    found.set(sealed, value);
  }
  for (const [column, { sealed, index }] of entity.tokenOf) {
    // TypeORM sets what is nullable and was not given to null in saved entities
    if ((column.getEntityValue(values) ?? null) === null) continue;
    const place = { model: entity.model, field: index.name, operator: 'a value' };
    throw refusal(place, `it is made from ${sealed.field.name}`);
  }
  return found;
}

/** @throws `ERR_ROW_UNKNOWN` */
export function rowUnknown(entity: SealedEntity, why: string): FieldsealError {
  return new FieldsealError('ERR_ROW_UNKNOWN', `${entity.model}: ${why}`, { model: entity.model });
}
