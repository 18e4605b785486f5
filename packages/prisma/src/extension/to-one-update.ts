import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';

/**
 * A nested update of a to-one relation is either the data itself or `{ where?, data }`. A model
 * may have a field called `data`; then only an object that can be nothing else is the second.
 */
export function splitToOneUpdate(
  view: ModelView,
  part: Record<string, unknown>,
): { readonly where: unknown; readonly data: Record<string, unknown> } {
  const keys = Object.keys(part).filter((key) => part[key] !== undefined);
  const wraps = keys.includes('data') && keys.every((key) => key === 'data' || key === 'where');
  const own = view.fields.get('data');
  const ambiguous = own !== undefined && own.type === 'Json';
  if (!wraps || ambiguous || !isRecord(part.data)) return { where: undefined, data: part };
  return { where: part.where, data: part.data };
}
