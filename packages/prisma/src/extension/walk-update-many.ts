import type { CallContext } from './call-context.ts';
import { refusal } from './refusal.ts';
import { registerSeals } from './register-seals.ts';
import { createRowKnowledge } from './row-knowledge.ts';
import { rowUnknown } from './row-unknown.ts';
import type { ModelView } from './schema-view.ts';
import { sealedData } from './sealed-data.ts';
import { checkUpdate } from './update-checks.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Copies the `data` of an update of any number of rows: sealed fields can be cleared, no more. One
 * cell in several rows could not be bound to them, and would show that they are equal.
 * @throws `ERR_ROW_UNKNOWN`, `ERR_OPERATOR_UNSUPPORTED`
 */
export function walkUpdateMany(
  context: CallContext,
  view: ModelView,
  data: Values,
): Record<string, unknown> {
  const out: Record<string, unknown> = { ...data };
  if (!view.reachesSealed) return out;
  const written = sealedData(context, view, data);
  for (const [field, value] of written) {
    if (value === null) continue;
    if (field.bind === 'row') {
      throw rowUnknown(context, view, field.name, 'and several rows can only be cleared at once');
    }
    const place = { model: view.name, field: field.name, operation: context.operation };
    throw refusal({ ...place, operator: 'updateMany' }, 'several rows can only be cleared at once');
  }
  checkUpdate(context, view, data, createRowKnowledge(view, undefined), written);
  registerSeals(context, { view, target: out, written, row: undefined, scope: () => undefined });
  return out;
}
