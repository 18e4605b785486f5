import type { Pass, Run } from './field-job.ts';

/** So many passes in a row that write nothing of what they should, before rows are named. */
const IDLE_PASSES = 3;

/**
 * Repeats a pass until one has seen every row and found nothing to write. Rows that were to be written
 * count, not those that were: a row that was lost to another writer is met again. A pass that goes on where an
 * earlier run was has not seen every row, so it is never the last.
 *
 * Where the database takes statements and writes no row (a trigger, a policy), the rows are noted one by one.
 */
export async function untilSettled(run: Run, pass: (run: Run) => Promise<Pass>): Promise<void> {
  if (run.options.dryRun === true) {
    await pass(run);
    return;
  }
  let idle = 0;
  for (;;) {
    const { isWhole, written, missed } = await pass(run);
    if (isWhole && written === 0 && missed === 0) return;
    idle = written === 0 && missed > 0 ? idle + 1 : 0;
    if (idle < IDLE_PASSES) continue;
    // by this process alone: workers are not told what to note
    await pass({ ...run, spread: undefined, notesMissed: true });
    return;
  }
}
