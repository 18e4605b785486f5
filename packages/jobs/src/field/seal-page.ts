import { bytesText } from '../table/stored-text.ts';
import { eachOrAll, type Worked } from './each-or-all.ts';
import type { FieldTarget } from './field-target.ts';
import type { OpenedRow } from './open-page.ts';
import type { RowChange } from './write-batch.ts';

/** Makes cells (or, by the phase, plaintext) and tokens of values. */
export function sealPage(
  target: FieldTarget,
  rows: readonly OpenedRow[],
): Promise<Worked<RowChange>> {
  const { codec, model, field } = target;
  return eachOrAll(
    target,
    rows,
    ({ row }) => row,
    async (page) => {
      const call = codec.call(`${model.name}.job`);
      const sealed = page.map(({ row, value }) => {
        const values: Record<string, unknown> = { [field.name]: value };
        const scope = scopeOf(target, row.values);
        call.seal({ model: model.name, target: values, row: row.values, scope });
        return { row, values };
      });
      await call.run();
      return sealed.map(({ row, values }) => ({
        row,
        stored: textOf(values[field.name]),
        ...(field.from === undefined ? {} : { old: values[field.from.name] as string | null }),
        tokens: field.indexes.map(({ name }) => values[name] as Uint8Array | null),
      }));
    },
  );
}

function textOf(stored: unknown): string | null {
  return stored instanceof Uint8Array ? bytesText(stored) : (stored as string | null);
}

function scopeOf(
  { field }: FieldTarget,
  row: Readonly<Record<string, unknown>>,
): { readonly tenant?: string; readonly subject?: string } {
  const { scope, subject } = field;
  return {
    ...(scope === undefined ? {} : { tenant: row[scope] as string }),
    ...(subject === undefined ? {} : { subject: row[subject] as string }),
  };
}
