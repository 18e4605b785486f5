import { createDefaultId } from './default-id.ts';
import { isRecord } from './record.ts';
import type { ModelView } from './schema-view.ts';

/** Primary-key values of one row by property name. */
export type RowKey = Readonly<Record<string, unknown>>;

/** The key of a row that is created; missing ids are made and written into `data`. */
export function supplyRowKey(view: ModelView, data: Record<string, unknown>): RowKey | undefined {
  for (const name of view.primaryKey) {
    const field = view.fields.get(name);
    if (data[name] !== undefined || field === undefined) continue;
    const id = createDefaultId(field);
    if (id !== undefined) data[name] = id;
  }
  return rowKeyOf(view, data);
}

/** The key in plain values, as a result row or `data` of a create has it. */
export function rowKeyOf(
  view: ModelView,
  values: Readonly<Record<string, unknown>>,
): RowKey | undefined {
  const key: Record<string, unknown> = {};
  for (const name of view.primaryKey) {
    const value = values[name];
    if (value === undefined || value === null || isRecord(value)) return undefined;
    key[name] = value;
  }
  return view.primaryKey.length === 0 ? undefined : key;
}

/** The key that a `where` names by equality: single or compound, `v` or `{ equals: v }`. */
export function rowKeyInWhere(view: ModelView, where: unknown): RowKey | undefined {
  if (!isRecord(where)) return undefined;
  const plain: Record<string, unknown> = {};
  for (const name of view.primaryKey) plain[name] = equality(where[name]);
  const direct = rowKeyOf(view, plain);
  if (direct !== undefined) return direct;
  for (const unique of view.compounds.values()) {
    const value = unique.isPrimaryKey ? where[unique.name] : undefined;
    if (isRecord(value)) return rowKeyOf(view, value);
  }
  return undefined;
}

function equality(filter: unknown): unknown {
  return isRecord(filter) ? filter.equals : filter;
}
