import { FieldsealError } from '@fieldseal/core';
import type { Pass, Run } from './field-job.ts';

/** So many whole passes in a row are no coincidence. */
const MOST_PASSES = 5;

/**
 * A pass over all rows that gives up where it writes most of them again each time: something in the
 * database changes back what is written.
 * @throws `ERR_JOB_STOPPED` with the reason `REWRITTEN`
 */
export function refuseEndless(pass: (run: Run) => Promise<Pass>): (run: Run) => Promise<Pass> {
  let times = 0;
  return async (run) => {
    const done = await pass(run);
    const isMost = done.isWhole && done.written > 0 && done.written >= done.read / 2;
    times = isMost ? times + 1 : 0;
    if (times < MOST_PASSES) return done;
    const table = run.target.table.name;
    const message = `${table}: ${MOST_PASSES} passes have each written most rows again: look for a trigger or a rule that changes back what is written`;
    throw new FieldsealError('ERR_JOB_STOPPED', message, { table, reason: 'REWRITTEN' });
  };
}
