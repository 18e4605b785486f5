import { FieldsealError, type ManifestField, type ValueType } from '@fieldseal/core';
import { Decimal } from '@prisma/client/runtime/client';
import { isDatabaseNull, isJsonNull } from './prisma-value.ts';

/** A value as Prisma's types let the application write it, as the core takes it. */
export function toCellValue(model: string, field: ManifestField, value: unknown): unknown {
  if (isDatabaseNull(value)) return null;
  if (isJsonNull(value)) {
    throw new FieldsealError(
      'ERR_VALUE_TYPE',
      `${model}.${field.name}: a JSON null cannot be told from no value; write Prisma.DbNull`,
      { model, field: field.name },
    );
  }
  return toOperand(field, value);
}

/** The same for a value in a condition. */
export function toOperand(field: ManifestField, value: unknown): unknown {
  // Prisma's BigInt fields take numbers too.
  if (field.type !== 'bigint' || !Number.isSafeInteger(value)) return value;
  return BigInt(Number(value));
}

/** How an opened value becomes what Prisma returns for the type; `undefined`: it already is. */
export function fromCellValue(type: ValueType): ((value: unknown) => unknown) | undefined {
  return type === 'decimal' ? toDecimal : undefined;
}

function toDecimal(value: unknown): unknown {
  return typeof value === 'string' ? new Decimal(value) : value;
}
