import { isRowError, type JobProblem, problemOf } from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';
import { eachOrAll, type Worked } from './each-or-all.ts';
import type { FieldTarget } from './field-target.ts';
import { rowText } from './row-text.ts';
import { isNamelessTombstone, isTombstone } from './tombstone.ts';

/** A row with the value of its field. */
export interface OpenedRow {
  readonly row: PageRow;
  readonly value: unknown;
}

/**
 * Opens the field in all rows: cells, plaintext and legacy values, as far as the phase lets them. What shredding has
 * left of a row is told as such, where the key that it names has ended.
 * @param verify - Names of the indexes whose tokens are compared.
 */
export async function openPage(
  target: FieldTarget,
  rows: readonly PageRow[],
  verify: readonly string[] = [],
): Promise<Worked<OpenedRow>> {
  const stones = rows.filter((row) => isStone(target, row));
  if (stones.length === 0) return openAll(target, rows, verify);
  const there = new Set(stones);
  // apart from the others, which are opened at once
  const others = await openAll(
    target,
    rows.filter((row) => !there.has(row)),
    verify,
  );
  const found = await openAll(target, stones, []);
  const texts = new Map(stones.map((row) => [rowText(row), row]));
  const problems = found.problems.map((problem) =>
    isLeftByShredding(target, texts.get(problem.row), problem)
      ? problemOf(problem.row, 'tombstone')
      : problem,
  );
  return { done: [...others.done, ...found.done], problems: [...others.problems, ...problems] };
}

function storedIn({ field }: FieldTarget, { values }: PageRow): string | Uint8Array | null {
  return values[field.name] as string | Uint8Array | null;
}

function isStone(target: FieldTarget, row: PageRow): boolean {
  const stored = storedIn(target, row);
  return stored !== null && isTombstone(stored);
}

/** Anybody can write the form of a tombstone over a cell: only where the key has ended is it one. */
function isLeftByShredding(
  target: FieldTarget,
  row: PageRow | undefined,
  { code }: JobProblem,
): boolean {
  if (row === undefined || !isRowError(code)) return false;
  if (code === 'ERR_KEY_DESTROYED') return true;
  const stored = storedIn(target, row);
  return code === 'ERR_CIPHERTEXT_REJECTED' && stored !== null && isNamelessTombstone(stored);
}

function openAll(
  target: FieldTarget,
  rows: readonly PageRow[],
  verify: readonly string[],
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
