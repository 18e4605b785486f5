import type { FieldCodec } from '@fieldseal/core';
import { FieldParameter } from './field-parameter.ts';
import { LookupParameter } from './lookup-parameter.ts';
import type { PendingRow } from './pending-row.ts';
import { RowParameter } from './row-parameter.ts';

/**
 * Gives every sealed parameter of one statement its cell or tokens: one batch of keys, one
 * synchronous pass. The objects stay in the list, so that whatever shows the list shows no value.
 */
export async function bindParameters(
  codec: FieldCodec,
  parameters: readonly unknown[],
  resolve: (parameter: FieldParameter) => void,
): Promise<void> {
  const rows = new Map<PendingRow, RowParameter[]>();
  const lookups: LookupParameter[] = [];
  for (const given of parameters) {
    if (given instanceof FieldParameter) resolve(given);
    const parameter = given instanceof FieldParameter ? given.inner : given;
    if (parameter instanceof LookupParameter) lookups.push(parameter);
    if (!(parameter instanceof RowParameter)) continue;
    const known = rows.get(parameter.row);
    if (known === undefined) rows.set(parameter.row, [parameter]);
    else known.push(parameter);
  }
  if (rows.size === 0 && lookups.length === 0) return;
  await run(codec, rows, lookups);
}

async function run(
  codec: FieldCodec,
  rows: ReadonlyMap<PendingRow, readonly RowParameter[]>,
  lookups: readonly LookupParameter[],
): Promise<void> {
  const [first] = rows.keys();
  const call = codec.call(first?.operation ?? lookups[0]?.operation ?? 'query');
  const targets: [readonly RowParameter[], Record<string, unknown>][] = [];
  for (const [{ model, values, row, scope }, bound] of rows) {
    // a statement can be sent again, so the values stay as they are
    const target: Record<string, unknown> = { ...values };
    call.seal({ model, target, scope, ...(row === undefined ? {} : { row }) });
    targets.push([bound, target]);
  }
  for (const lookup of lookups) call.lookup(lookup.op, (predicate) => lookup.bind(predicate));
  await call.run();
  for (const [bound, target] of targets) for (const parameter of bound) parameter.bind(target);
}
