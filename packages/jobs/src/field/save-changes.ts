import { FieldsealError } from '@fieldseal/core';
import type { JobLog } from '../engine/job-log.ts';
import type { ProblemCode } from '../engine/job-problem.ts';
import type { Checkpoint } from '../engine/job-store.ts';
import { rowText } from './each-or-all.ts';
import type { BatchWriter, RowChange } from './write-batch.ts';

/**
 * Writes a batch; where the database refuses a row of it, row by row, so that all others are
 * written and the one is noted.
 * @returns as {@link BatchWriter.write}
 */
export async function saveChanges(
  writer: BatchWriter,
  changes: readonly RowChange[],
  checkpoint: Checkpoint,
  log: JobLog,
): Promise<number | undefined> {
  try {
    return await writer.write(changes, checkpoint);
  } catch (error) {
    if (refusal(error) === undefined) throw error;
  }
  let written = 0;
  let refused = 0;
  for (const change of changes) {
    const ofTheRow = { ...checkpoint, cursor: change.row.cursor, read: 0, problems: 0 };
    try {
      const count = await writer.write([change], ofTheRow);
      if (count === undefined) return undefined;
      written += count;
    } catch (error) {
      const code = refusal(error);
      if (code === undefined) throw error;
      refused += 1;
      await log.note([{ row: rowText(change.row), code }]);
    }
  }
  const problems = checkpoint.problems + refused;
  const saved = await writer.write([], { ...checkpoint, problems });
  return saved === undefined ? undefined : written;
}

/** What the database has against one row: a unique index, a CHECK, a length, a trigger. */
function refusal(error: unknown): ProblemCode | undefined {
  if (!(error instanceof FieldsealError) || error.code !== 'ERR_DATABASE') return undefined;
  const state = error.meta.reason ?? '';
  if (state === '23505') return 'duplicate';
  return /^(22|23|P0)/.test(state) ? 'refused-by-database' : undefined;
}
