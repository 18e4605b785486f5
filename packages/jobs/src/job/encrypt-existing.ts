import { FieldsealError } from '@fieldseal/core';
import { phaseOf } from '../field/field-target.ts';
import { requireFieldRight } from '../field/require-field-right.ts';
import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { checkPlaintext, fillTokens, sealRows, settle, verifyRows } from './steps.ts';
import { untilSettled } from './until-settled.ts';
import { verifyWhole } from './verify-whole.ts';

/**
 * Turns the plaintext of a live text column into cells, with the application running.
 *
 * 1. `check`: refuses before anything is changed when plaintext begins as a cell does or is no value
 *    of the declared type.
 * 2. `tokens`, in phase `plain`: gives every row its tokens, so that uniqueness holds all the while.
 * 3. The field becomes `migrating`: applications write cells.
 * 4. `cells`: seals what is left, in batches; a row that an application has written meanwhile stays
 *    as that wrote it.
 * 5. `verify`: opens every cell and compares every token.
 *
 * A run that was stopped or killed goes on where it was. When the report says `done`, the next step is
 * `keyring.setPhase(fieldId, 'sealed')`.
 *
 * @returns state `refused` with the rows that stand in the way
 * @throws `ERR_JOB_REFUSED` when the manifest does not let the field be open; `ERR_ACCESS_DENIED` without the
 * right to `SetPhase`; `ERR_JOB_RUNNING`,
 * `ERR_JOB_STOPPED`, `ERR_DATABASE`, `ERR_FIELD_UNKNOWN`, `ERR_MANIFEST_MISMATCH`
 *
 * @example
 * ```ts
 * import { encryptExisting } from '@fieldseal/jobs';
 *
 * const report = await encryptExisting({
 *   database: url,
 *   keyring,
 *   manifest,
 *   field: 'Customer.aadhaar',
 *   onProgress: ({ step, read, total }) => process.stderr.write(`${step} ${read} of ${total}\n`),
 * });
 * ```
 */
export function encryptExisting(options: FieldJobOptions): Promise<JobReport> {
  return runFieldJob(options, {
    kind: 'encrypt-existing',
    first: 'check',
    isShared: true,
    settles: ({ target }) => phaseOf(target) === 'plain',
    async check({ options: { field }, target }) {
      const phase = phaseOf(target);
      if (phase !== 'plain' && phase !== 'migrating') throw notOpen(field, phase);
      await requireFieldRight(target, 'SetPhase');
    },
    run: runSteps,
  });
}

type Step = (run: Run) => Promise<unknown>;

/** In this order; a job that was begun goes on with the step that it was at. */
const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['check', checkPlaintext],
  ['tokens', tokens],
  ['cells', cells],
  ['verify', verify],
]);

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  const { log, options } = run;
  let isBegun = false;
  for (const [name, step] of STEPS) {
    isBegun ||= name === log.startsAt.step;
    if (!isBegun || (name === 'verify' && options.dryRun === true)) continue;
    await step(run);
    if ((await log.countProblems()) > 0) return 'refused';
  }
  return 'done';
}

async function tokens(run: Run): Promise<void> {
  if (run.target.field.indexes.length === 0 || run.phase() !== 'plain') return;
  await untilSettled(run, (each) => fillTokens(each));
}

async function cells(run: Run): Promise<void> {
  const { keyring, log, options, target } = run;
  const isResumed = log.startsAt.step === 'cells';
  const opens = keyring.phaseOf(target.field.id) === 'plain' && options.dryRun !== true;
  if (opens) {
    // before the phase: what is killed in between is known to have opened the field
    await log.enterStep('cells');
    await keyring.setPhase(target.field.id, 'migrating');
  }
  await untilSettled(run, sealRows);
  if (!opens && !isResumed) return;
  // what processes wrote that had not heard of it
  await settle(run);
  await untilSettled(run, sealRows);
}

async function verify(run: Run): Promise<void> {
  await verifyWhole(run, (each) => verifyRows(each, 'cells'));
}

function notOpen(field: string, phase: string): FieldsealError {
  const why =
    phase === 'sealed'
      ? 'sealed: annotate it with phase "plain", or set its phase back to "migrating"'
      : `${phase}: set its phase to "migrating" first`;
  return new FieldsealError('ERR_JOB_REFUSED', `${field} is ${why}`, { field, reason: phase });
}
