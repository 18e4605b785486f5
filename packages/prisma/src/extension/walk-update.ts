import type { CallContext } from './call-context.ts';
import { scopeColumnInData } from './data-scope.ts';
import { walkUpdateRelations } from './nested-updates.ts';
import { registerSeals } from './register-seals.ts';
import { type RowKnowledge, scopeOfRow } from './row-knowledge.ts';
import { rowUnknown } from './row-unknown.ts';
import type { ModelView } from './schema-view.ts';
import { sealedData } from './sealed-data.ts';
import { setKey } from './set-key.ts';
import { checkUpdate } from './update-checks.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Copies the `data` of an update of one row and registers every sealed value in it, at any depth.
 * The row's guard has to be added to `where` by the caller, afterwards.
 * @throws `ERR_ROW_UNKNOWN` for a row-bound field when the key is not known
 */
export function walkUpdate(
  context: CallContext,
  view: ModelView,
  data: Values,
  row: RowKnowledge,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined) setKey(out, key, value);
  }
  if (!view.reachesSealed) return out;
  const written = sealedData(context, view, data);
  checkUpdate(context, view, data, row, written);
  for (const [field, value] of written) {
    if (value === null || field.bind === 'field' || row.key !== undefined) continue;
    throw rowUnknown(context, view, field.name, 'so where must name the primary key');
  }
  registerSeals(context, {
    view,
    target: out,
    written,
    row: row.key,
    scope(column, part) {
      const named = scopeColumnInData(view, data, column);
      if (named.kind !== 'absent') return named.kind === 'value' ? named.text : undefined;
      return scopeOfRow(context, view, row, column, part);
    },
  });
  walkUpdateRelations(context, view, out, row, walkUpdate);
  return out;
}
