import { scopeText } from '@fieldseal/core';
import type { PrismaField } from '../manifest/prisma-manifest.ts';
import { isRecord } from './record.ts';

/** A tenant or subject as a value of its column; `undefined` where the text is no value of that type. */
export function scopeNative(field: PrismaField | undefined, text: string): unknown {
  if (field === undefined) return undefined;
  if (field.type === 'String') return text;
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  if (field.type === 'BigInt') return BigInt(text);
  return field.type === 'Int' ? Number(text) : undefined;
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
