/** Tenants and subjects are part of cells: long texts are a mistake, not a name. */
const MAX_CHARACTERS = 1024;

/**
 * A tenant or subject as the text that cells are bound to: number, bigint and text of one whole
 * number are the same.
 *
 * @returns `undefined` for a value that names nobody.
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
