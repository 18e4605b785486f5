import { type JobProblem, problemOf } from '../engine/job-problem.ts';
import type { PageRow } from '../engine/page.ts';
import type { Session } from '../table/session.ts';
import type { Worked } from './each-or-all.ts';
import type { FieldTarget } from './field-target.ts';
import { keysInTable } from './keys-in-table.ts';
import { openPage } from './open-page.ts';
import type { KnownMove } from './row-move.ts';
import { rowText } from './row-text.ts';
import { sealPage } from './seal-page.ts';
import type { RowChange } from './write-batch.ts';

export type Moves = ReadonlyMap<string, KnownMove>;

/**
 * Opens the cells that do not open where they stand as those of the row before its move, and seals
 * them for the row as it is. A cell that opens where it stands is left: it was bound already, or the
 * application has written it since.
 */
export async function rebindPage(
  session: Session,
  target: FieldTarget,
  moves: Moves,
  rows: readonly PageRow[],
): Promise<Worked<RowChange>> {
  const here = new Set((await openPage(target, rows)).done.map(({ row }) => row));
  const strange = rows.filter((row) => !here.has(row));
  if (strange.length === 0) return { done: [], problems: [] };
  const originals = await keysThatAreThere(session, target, moves, strange);
  const problems: JobProblem[] = [];
  const moved = new Map<PageRow, PageRow>();
  for (const row of strange) {
    const move = moveOf(moves, row);
    const isCopy = originals.has(JSON.stringify(move.keyBefore));
    if (isCopy) problems.push(problemOf(rowText(row), 'original-is-there'));
    else moved.set({ ...row, values: { ...row.values, ...move.before } }, row);
  }
  const opened = await openPage(target, [...moved.keys()]);
  const sealed = await sealPage(
    target,
    opened.done.map(({ row, value }) => ({ row: moved.get(row) as PageRow, value })),
  );
  return { done: sealed.done, problems: [...problems, ...opened.problems, ...sealed.problems] };
}

function moveOf(moves: Moves, { cursor }: PageRow): KnownMove {
  return moves.get(JSON.stringify(cursor)) as KnownMove;
}

/**
 * Keys from before that a row has now. Where such a row was not moved itself, the other one has a copy of
 * its cell: to bind that would put one person's value into another's row.
 */
function keysThatAreThere(
  session: Session,
  target: FieldTarget,
  moves: Moves,
  rows: readonly PageRow[],
): Promise<ReadonlySet<string>> {
  const before = rows
    .map((row) => moveOf(moves, row).keyBefore)
    // a key that is the row's own now, or another moved row's, is no original's
    .filter((key) => !moves.has(JSON.stringify(key)));
  return keysInTable(session, target, before);
}
