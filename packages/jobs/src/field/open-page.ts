import type { PageRow } from '../engine/page.ts';
import { eachOrAll, type Worked } from './each-or-all.ts';
import type { FieldTarget } from './field-target.ts';

/** A row with the value of its field. */
export interface OpenedRow {
  readonly row: PageRow;
  readonly value: unknown;
}

/**
 * Opens the field in all rows: cells, plaintext and legacy values, as far as the phase lets them.
 * @param verify - Names of the indexes whose tokens are compared.
 */
export function openPage(
  target: FieldTarget,
  rows: readonly PageRow[],
  verify: readonly string[] = [],
): Promise<Worked<OpenedRow>> {
  const { codec, model, field } = target;
  return eachOrAll(
    target,
    rows,
    (row) => row,
    async (page) => {
      const copies: Record<string, unknown>[] = page.map(({ values }) => ({ ...values }));
      await codec.open(`${model.name}.job`, [{ model: model.name, rows: copies, verify }]);
      return page.map((row, i) => ({ row, value: copies[i]?.[field.name] }));
    },
  );
}
