import { FieldsealError } from '@fieldseal/core';
import type { PrismaField } from '../manifest/prisma-manifest.ts';
import { isRecord } from './record.ts';

/** A tenant or subject as text, as cells are bound to it; `undefined`: the value names none. */
export function scopeText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value.toString();
  return undefined;
}

/** The same as a value of the column; `undefined` where the text is no value of that type. */
export function scopeNative(field: PrismaField | undefined, text: string): unknown {
  if (field === undefined) return undefined;
  if (field.type === 'String') return text;
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  if (field.type === 'BigInt') return BigInt(text);
  return field.type === 'Int' ? Number(text) : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Postgres returns uuids in lower case. A cell that is sealed for another spelling could never be
 * opened again, and a token that is made for it would find nothing.
 * @throws `ERR_VALUE_TYPE` for a UUID with capital letters
 */
export function checkScopeSpelling(text: string, model: string, field: string): string {
  if (!UUID.test(text) || text === text.toLowerCase()) return text;
  throw new FieldsealError(
    'ERR_VALUE_TYPE',
    `${model}.${field}: write a tenant or subject that is a UUID in lower case`,
    { model, field },
  );
}

/** A scope column given by equality in `where`: `v`, `{ equals: v }`. */
export function scopeByEquality(filter: unknown): string | undefined {
  if (!isRecord(filter)) return scopeText(filter);
  return scopeText(filter.equals);
}

/** A scope column as `data` sets it: `v`, `{ set: v }`. */
export function scopeInData(value: unknown): string | undefined {
  if (!isRecord(value)) return scopeText(value);
  return scopeText(value.set);
}
