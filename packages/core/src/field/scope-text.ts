import { FieldsealError } from '../errors/fieldseal-error.ts';

/** Tenants and subjects are part of cells: long texts are a mistake, not a name. */
const MAX_CHARACTERS = 1024;

/**
 * A tenant or subject as the text that cells are bound to: number, bigint and text of one whole
 * number are the same.
 *
 * @returns `undefined` for a value that names nobody.
 *
 * @example
 * ```ts
 * import { scopeText } from '@fieldseal/core';
 *
 * scopeText(12n); // '12'
 * ```
 */
export function scopeText(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const isName = value.length > 0 && value.length <= MAX_CHARACTERS && value.isWellFormed();
    return isName ? value : undefined;
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value.toString();
  return undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Postgres returns uuids in lower case. A cell that is sealed for another spelling could never be
 * opened again, and a token that is made for it would find nothing.
 *
 * @param text - A tenant or subject that the application named.
 * @returns the same text
 * @throws `ERR_VALUE_TYPE` for a UUID with capital letters
 *
 * @example
 * ```ts
 * import { checkScopeSpelling } from '@fieldseal/core';
 *
 * checkScopeSpelling('acme', 'Customer', 'aadhaar'); // 'acme'
 * ```
 */
export function checkScopeSpelling(text: string, model: string, field: string): string {
  if (!UUID.test(text) || text === text.toLowerCase()) return text;
  throw new FieldsealError(
    'ERR_VALUE_TYPE',
    `${model}.${field}: write a tenant or subject that is a UUID in lower case`,
    { model, field },
  );
}
