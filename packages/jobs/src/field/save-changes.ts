import { FieldsealError } from '@fieldseal/core';
import type { JobLog } from '../engine/job-log.ts';
import { type ProblemCode, problemOf } from '../engine/job-problem.ts';
import type { Checkpoint } from '../engine/job-store.ts';
import { rowText } from './row-text.ts';
import type { BatchWriter, RowChange } from './write-batch.ts';

export interface SaveOptions {
  readonly writer: BatchWriter;
  readonly changes: readonly RowChange[];
  readonly checkpoint: Checkpoint;
  readonly log: JobLog;
  /** Notes each row that the database did not write. */
  readonly notesMissed: boolean;
  /** What a row is to become first whose token another row has; without it such a row is noted. */
  readonly onDuplicate?: ((change: RowChange) => RowChange | undefined) | undefined;
}

/** Rows that were written, and those that were not although nothing was said against them. */
export interface Saved {
  readonly written: number;
  readonly missed: number;
}

/**
 * Writes a batch; where the database refuses a row of it, row by row, so that all others are
 * written and the one is noted.
 * @returns `undefined` as {@link BatchWriter.write}
 */
export async function saveChanges(options: SaveOptions): Promise<Saved | undefined> {
  const { writer, changes, checkpoint, notesMissed } = options;
  if (!notesMissed) {
    try {
      const written = await writer.write(changes, checkpoint);
      return written === undefined ? undefined : { written, missed: changes.length - written };
    } catch (error) {
      if (refusal(error) === undefined) throw error;
    }
  }
  return saveEach(options);
}

async function saveEach(options: SaveOptions): Promise<Saved | undefined> {
  const { writer, changes, checkpoint, log, notesMissed } = options;
  let written = 0;
  let missed = 0;
  let refused = 0;
  for (const change of changes) {
    const saved = await saveOne(options, change);
    if (saved === undefined) return undefined;
    if (typeof saved === 'number') written += saved;
    if (saved === 0 && !notesMissed) missed += 1;
    const code = saved === 0 && notesMissed ? 'not-written' : saved;
    if (typeof code === 'number') continue;
    refused += 1;
    await log.note([problemOf(rowText(change.row), code)]);
  }
  const problems = checkpoint.problems + refused;
  const saved = await writer.write([], { ...checkpoint, problems });
  return saved === undefined ? undefined : { written, missed };
}

/** @returns how many rows were written, or what the database has against the row */
async function saveOne(
  { writer, checkpoint, onDuplicate }: SaveOptions,
  change: RowChange,
): Promise<number | ProblemCode | undefined> {
  const ofTheRow = { ...checkpoint, cursor: change.row.cursor, read: 0, problems: 0 };
  try {
    return await writer.write([change], ofTheRow);
  } catch (error) {
    const code = refusal(error);
    if (code === undefined) throw error;
    const first = code === 'duplicate' ? onDuplicate?.(change) : undefined;
    return first === undefined ? code : await writer.write([first], ofTheRow);
  }
}

/** What the database has against one row: a unique index, a CHECK, a length, a trigger. */
function refusal(error: unknown): ProblemCode | undefined {
  if (!(error instanceof FieldsealError) || error.code !== 'ERR_DATABASE') return undefined;
  const state = error.meta.reason ?? '';
  if (state === '23505') return 'duplicate';
  return /^(22|23|P0)/.test(state) ? 'refused-by-database' : undefined;
}
