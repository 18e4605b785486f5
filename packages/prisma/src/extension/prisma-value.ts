import { isObjectEnumValue } from '@prisma/client/runtime/client';

/** A reference to another column of the same row, such as `prisma.card.fields.number`. */
export interface FieldReference {
  readonly modelName: string;
  readonly name: string;
}

/** Known by its shape: each client generator ships its own copy of the class. */
export function isFieldReference(value: unknown): value is FieldReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    'modelName' in value &&
    'typeName' in value &&
    'isEnum' in value
  );
}

/** `Prisma.skip`, known by its shape as well: it has one method and nothing of its own. */
export function isSkip(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('ifUndefined' in value)) return false;
  return typeof value.ifUndefined === 'function' && Object.keys(value).length === 0;
}

/** `null`, or what Prisma wants instead of it on JSON fields: `Prisma.DbNull`, `Prisma.AnyNull`. */
export function isDatabaseNull(value: unknown): boolean {
  if (value === null) return true;
  return isObjectEnumValue(value) && nameOf(value) !== 'JsonNull';
}

/** `Prisma.JsonNull`: a JSON document `null`, which is not the database's NULL. */
export function isJsonNull(value: unknown): boolean {
  return isObjectEnumValue(value) && nameOf(value) === 'JsonNull';
}

function nameOf(value: unknown): string {
  const named = value as { _getName?: () => string };
  return named._getName?.() ?? '';
}
