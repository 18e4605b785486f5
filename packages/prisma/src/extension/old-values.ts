import { type ManifestField, plainTextOf } from '@fieldseal/core';
import { DbNull } from '@prisma/client/runtime/client';
import type { ModelView } from './schema-view.ts';

type Row = Record<string, unknown>;

/** Fields of a model with an old column. */
function movingFields({ sealed }: ModelView): Iterable<ManifestField> {
  return sealed?.olds.values() ?? [];
}

/**
 * Prisma's value for the plaintext that is to stand in an old column.
 * @param text - As the core writes plaintext.
 */
export function oldNative(view: ModelView, { from }: ManifestField, text: string): unknown {
  switch (view.fields.get(from?.name ?? '')?.type) {
    case 'Int':
    case 'Float':
      return Number(text);
    case 'BigInt':
      return BigInt(text);
    case 'Boolean':
      return text === 'true';
    case 'DateTime':
      return new Date(text);
    case 'Json':
      return JSON.parse(text);
    case 'Bytes':
      return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
    default:
      return text;
  }
}

/** What Prisma takes for NULL: of a JSON column `null` could be a document too. */
function oldNull(view: ModelView, { from }: ManifestField): unknown {
  return view.fields.get(from?.name ?? '')?.type === 'Json' ? DbNull : null;
}

/** Condition that the old column of a field is NULL, or that it is not. */
export function oldIsNull(view: ModelView, field: ManifestField, isNull: boolean): Row {
  const none = oldNull(view, field);
  return { [field.from?.name ?? '']: isNull ? { equals: none } : { not: none } };
}

/** What the core has set in written data, as values of Prisma. */
export function toOldValues(view: ModelView, data: Row): void {
  for (const field of movingFields(view)) {
    const name = field.from?.name ?? '';
    const text = data[name];
    if (typeof text === 'string') data[name] = oldNative(view, field, text);
    else if (text === null) data[name] = oldNull(view, field);
  }
}

/** What Prisma has read, as plaintext for the core. */
export function fromOldValues(view: ModelView, rows: readonly Row[]): void {
  for (const field of movingFields(view)) {
    const name = field.from?.name ?? '';
    for (const row of rows) {
      const value = row[name];
      if (value !== null && value !== undefined) row[name] = textOf(field, value);
    }
  }
}

/** The core names the row of what is no value. */
const NO_VALUE = '\0';

function textOf({ type }: ManifestField, value: unknown): string {
  // the column may be of another size than the type of the field
  if (type === 'int' || type === 'bigint') return String(value);
  try {
    return plainTextOf(type, value);
  } catch {
    return NO_VALUE;
  }
}

/** Old columns are no part of a result. */
export function stripOldValues(view: ModelView, rows: readonly Row[]): void {
  for (const name of view.sealed?.olds.keys() ?? []) for (const row of rows) delete row[name];
}
