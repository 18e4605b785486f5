import type { ManifestOldColumn } from './manifest.ts';

/**
 * SQL that reads an old column as the plaintext of its value, whatever the settings of the session
 * are: what `parsePlainText` reads. A time of day without zone is UTC.
 *
 * @param column - The column as the statement names it, quoted.
 * @param options - `cut`: microseconds are left out, as both ORMs do; else they stay in the text,
 * which then is no value of a `timestamp`.
 *
 * @example
 * ```ts
 * import { oldColumnText } from '@fieldseal/core';
 *
 * oldColumnText({ type: 'bool' }, 't."active"'); // CAST(t."active" AS text)
 * ```
 */
export function oldColumnText(
  { type }: Pick<ManifestOldColumn, 'type'>,
  column: string,
  { cut = false }: { readonly cut?: boolean } = {},
): string {
  const whole = cut ? `date_trunc('milliseconds', ${column})` : column;
  switch (type) {
    case 'bytea':
      return `('\\x' || encode(${column}, 'hex'))`;
    // unlike a cast, JSON is ISO 8601 under every DateStyle
    case 'date':
      return `(to_json(${column}) #>> '{}')`;
    case 'timestamp':
      return `((to_json(${whole}) #>> '{}') || 'Z')`;
    case 'timestamptz':
      return `((to_json(${whole} AT TIME ZONE 'UTC') #>> '{}') || 'Z')`;
    default:
      return `CAST(${column} AS text)`;
  }
}
