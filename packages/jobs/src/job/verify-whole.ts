import type { Pass, Run } from './field-job.ts';

/**
 * Runs a pass that only looks, and once more where it went on where an earlier run was: what that had looked at
 * may be something else by now, and a proof is about all rows.
 */
export async function verifyWhole(run: Run, pass: (run: Run) => Promise<Pass>): Promise<void> {
  const { isWhole } = await pass(run);
  if (!isWhole) await pass(run);
}
