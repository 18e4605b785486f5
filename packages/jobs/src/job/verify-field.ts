import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { verifyPhase } from './steps.ts';
import { verifyWhole } from './verify-whole.ts';

/**
 * Opens every cell of a field and compares every token, and reports the rows that are not what the
 * phase of the field asks for: plaintext in `migrating` and `sealed`, cells in `plain`. Plaintext
 * that an old version of an application wrote is found here. A run that goes on with one that was stopped ends
 * with a pass over all rows.
 *
 * @throws as `encryptExisting`
 *
 * @example
 * ```ts
 * import { verifyField } from '@fieldseal/jobs';
 *
 * const { state, problemCount } = await verifyField({
 *   database: url,
 *   keyring,
 *   manifest,
 *   field: 'Customer.aadhaar',
 * });
 * ```
 */
export function verifyField(options: FieldJobOptions): Promise<JobReport> {
  return runFieldJob(options, { kind: 'verify', first: 'verify', isShared: true, run: runSteps });
}

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  await verifyWhole(run, verifyPhase);
  return (await run.log.countProblems()) > 0 ? 'refused' : 'done';
}
