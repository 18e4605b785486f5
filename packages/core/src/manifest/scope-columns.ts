import { compareText } from './compare-text.ts';
import type { ManifestModel, ManifestScopeColumn } from './manifest.ts';

/**
 * The columns that say whose a row's data is, as every adapter lists them: each once, sorted by
 * their names in the database, and not at all when there are none.
 *
 * @example
 * ```ts
 * import { manifestScopes } from '@fieldseal/core';
 *
 * manifestScopes([{ name: 'tenantId', column: 'tenant_id' }]).scopeColumns; // the same list
 * manifestScopes([]); // {}
 * ```
 */
export function manifestScopes(
  columns: readonly ManifestScopeColumn[],
): Pick<ManifestModel, 'scopeColumns'> {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const sorted = [...byName.values()].sort((a, b) => compareText(a.column, b.column));
  return sorted.length === 0 ? {} : { scopeColumns: sorted };
}
