import { FieldsealError } from '@fieldseal/core';
import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { openRows, settle, untilNothingIsLeft, verifyRows } from './steps.ts';

/**
 * Turns the cells of a column back into plaintext, with the application running: the way out, or a
 * way back. The field becomes `leaving`: once every process reads plaintext, applications write it,
 * and the job opens what is left. Tokens stay, so that lookups and uniqueness hold to the end.
 *
 * When the report says `done`, the next step is `keyring.setPhase(fieldId, 'plain')`.
 *
 * @returns state `refused` with the rows that stand in the way
 * @throws `ERR_JOB_REFUSED` when the manifest does not let the field be `leaving`; otherwise as
 * {@link encryptExisting}
 *
 * @example
 * ```ts
 * import { decryptBack } from '@fieldseal/jobs';
 *
 * const report = await decryptBack({ database: url, keyring, manifest, field: 'Customer.aadhaar' });
 * ```
 *
 * {@link encryptExisting}
 */
export function decryptBack(options: FieldJobOptions): Promise<JobReport> {
  return runFieldJob(options, { kind: 'decrypt-back', first: 'plaintext', run: runSteps });
}

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  const { keyring, log, options, target } = run;
  const { id, phase: accepted } = target.field;
  if (accepted !== 'leaving' && accepted !== 'plain') throw notAccepted(options.field);
  if (options.dryRun === true) {
    await verifyRows(run, 'cells');
    return (await log.countProblems()) > 0 ? 'refused' : 'done';
  }
  if (log.startsAt.step === 'plaintext') {
    if (run.phase() !== 'plain') await keyring.setPhase(id, 'leaving');
    // also when an earlier run changed it: this process has to wait as well
    await settle(run);
    await untilNothingIsLeft(run, openRows);
  }
  if ((await log.countProblems()) > 0) return 'refused';
  await verifyRows(run, 'plaintext');
  return (await log.countProblems()) > 0 ? 'refused' : 'done';
}

function notAccepted(field: string): FieldsealError {
  const message = `${field} would not be read as plaintext: annotate it with phase "leaving" first`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field });
}
