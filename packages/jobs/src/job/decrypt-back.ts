import { FieldsealError } from '@fieldseal/core';
import type { FieldTarget } from '../field/field-target.ts';
import { requireFieldRight } from '../field/require-field-right.ts';
import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { openRows, settle, verifyRows } from './steps.ts';
import { untilSettled } from './until-settled.ts';
import { verifyWhole } from './verify-whole.ts';

/**
 * Turns the cells of a column back into plaintext, with the application running: the way out, or a
 * way back. The field becomes `leaving`: once every process reads plaintext, applications write it,
 * and the job opens what is left. Tokens stay, so that lookups and uniqueness hold to the end.
 *
 * When the report says `done`, the next step is `keyring.setPhase(fieldId, 'plain')`. Where there are approvers,
 * both steps take the signature of one: propose `SetPhase` to `leaving` before the job.
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
  return runFieldJob(options, {
    kind: 'decrypt-back',
    first: 'plaintext',
    isShared: true,
    settles: () => true,
    async check({ options: { field }, target }) {
      checkPhase(field, target);
      await requireFieldRight(target, 'SetPhase');
    },
    run: runSteps,
  });
}

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  const { keyring, log, options, target } = run;
  if (options.dryRun === true) {
    await verifyRows(run, 'cells');
    return (await log.countProblems()) > 0 ? 'refused' : 'done';
  }
  if (log.startsAt.step === 'plaintext') {
    if (run.phase() !== 'plain') await keyring.setPhase(target.field.id, 'leaving');
    // also when an earlier run changed it: this process has to wait as well
    await settle(run);
    await untilSettled(run, openRows);
  }
  if ((await log.countProblems()) > 0) return 'refused';
  await verifyWhole(run, (each) => verifyRows(each, 'plaintext'));
  return (await log.countProblems()) > 0 ? 'refused' : 'done';
}

/** @throws `ERR_JOB_REFUSED` where nothing would read plaintext, or nothing else is written any more */
function checkPhase(field: string, { keyring, field: { id, phase } }: FieldTarget): void {
  if (phase !== 'leaving' && phase !== 'plain') {
    const why = `${field} would not be read as plaintext: annotate it with phase "leaving" first`;
    throw new FieldsealError('ERR_JOB_REFUSED', why, { field });
  }
  if (phase === 'plain' || keyring.phaseOf(id) !== 'plain') return;
  const why = `${field} is plain already: annotate it with phase "plain"`;
  throw new FieldsealError('ERR_JOB_REFUSED', why, { field, reason: 'plain' });
}
