import { createHash } from 'node:crypto';
import { type DataKeyDescription, FieldsealError, scopeText } from '@fieldseal/core';
import { invalidOption } from '../engine/invalid-option.ts';
import { clearPage, isShredded } from '../field/clear-page.ts';
import { type FieldTarget, scopeColumn } from '../field/field-target.ts';
import { isOfScope, type ShreddedRows } from '../field/fields-of-scope.ts';
import type { RowFilter } from '../field/row-filter.ts';
import { createBatchWriter } from '../field/write-batch.ts';
import { quoted } from '../table/sql-names.ts';
import {
  type FieldJobOptions,
  type JobReport,
  type Pass,
  type Run,
  runFieldJob,
} from './field-job.ts';
import { anythingFilter, overRows, settle, writes } from './steps.ts';
import { untilSettled } from './until-settled.ts';

export interface ShredRowsOptions extends Omit<FieldJobOptions, 'workers'>, ShreddedRows {}

/**
 * Clears cells and tokens of a tenant or subject whose keys were shredded, in the rows of one field, with
 * the application running. `keyring.kms.shred` comes first: it makes the cells worthless at once, this
 * takes them out of the table, and tokens with them, which still answered lookups.
 *
 * - An optional field becomes NULL, with all its tokens.
 * - A required one keeps the header of its cell and nothing else, so that reading it is
 *   `ERR_KEY_DESTROYED` as before, and gets random tokens, which no lookup finds.
 * - A cell that is under the key of somebody else is reported and left.
 *
 * Safe to run again, and goes on where it was when it is stopped or killed. The audit trail says when it
 * began, and what it came to. Takes the right to `fieldseal:Shred` and `kms:DescribeKey` on every key.
 *
 * A dry run counts the rows, also before the keys are shredded.
 *
 * @returns state `refused` with the rows that were left
 * @throws `ERR_JOB_REFUSED` for a scope that was not shredded, and for a field that has no such scope;
 * `ERR_ACCESS_DENIED`; otherwise as `encryptExisting`
 *
 * @example
 * ```ts
 * import { shredRows } from '@fieldseal/jobs';
 *
 * await keyring.kms.shred({ Tenant: 'acme' });
 * const { state } = await shredRows({
 *   database: url,
 *   keyring,
 *   manifest,
 *   field: 'Customer.aadhaar',
 *   tenant: 'acme',
 * });
 * ```
 */
export async function shredRows(options: ShredRowsOptions): Promise<JobReport> {
  const { tenant, subject, ...given } = options;
  const scope = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject === undefined ? {} : { subject }),
  };
  checkScope(scope);
  // a job of one scope is never taken up for another
  const step = `clear ${scopeDigest(scope)}`;
  return runFieldJob(given, {
    kind: 'shred-rows',
    first: step,
    settles: () => true,
    async check({ options: { field, dryRun }, target }) {
      checkField(field, target, scope);
      // what a dry run counts is there before the keys are gone
      if (dryRun !== true) await requireShredded(target, scope);
    },
    run: (run) => runSteps(run, scope, step),
  });
}

/** Jobs are listed for longer than a person who was erased may be named. */
function scopeDigest({ tenant, subject }: ShreddedRows): string {
  const text = JSON.stringify([tenant ?? null, subject ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function checkScope({ tenant, subject }: ShreddedRows): void {
  if (tenant === undefined && subject === undefined)
    throw invalidOption('tenant', 'Needs a tenant, a subject or both');
  for (const [option, text] of Object.entries({ tenant, subject }))
    if (text !== undefined && scopeText(text) !== text)
      throw invalidOption(option, 'Must be a text of 1 to 1,024 characters');
}

async function runSteps(run: Run, scope: ShreddedRows, step: string): Promise<'done' | 'refused'> {
  const { keyring, log, options, target } = run;
  if (log.startsAt.step !== step) throw otherScope(options.field);
  const isDryRun = options.dryRun === true;
  const entry = { field: target.field.id, scope };
  // before the first row: what is taken away is said even when nobody lives to count it
  if (!isDryRun) await keyring.audit.recordRows({ ...entry, action: 'ShredRows' });
  const startedAt = performance.now();
  await clearAll(run, scope, step);
  if (!isDryRun) {
    // what processes sealed that had not heard that the keys are gone
    await settle(run, startedAt);
    await clearAll(run, scope, step);
  }
  const problems = await log.countProblems();
  if (!isDryRun) {
    const rows = await log.countWritten();
    await keyring.audit.recordRows({ ...entry, action: 'CompleteShredRows', rows, problems });
  }
  return problems > 0 ? 'refused' : 'done';
}

function clearAll(run: Run, scope: ShreddedRows, step: string): Promise<void> {
  return untilSettled(run, (each) => clearRows(each, scope, step));
}

function clearRows(run: Run, scope: ShreddedRows, step: string): Promise<Pass> {
  const { session, target, options } = run;
  const writer = createBatchWriter(session, target, { stored: true, tokens: true });
  const isEnded = options.dryRun === true ? endsWith(scope) : isShredded;
  return overRows(run, step, scopeFilter(run, scope), async (rows) => {
    const { done, problems } = await clearPage(target, rows, isEnded);
    return {
      problems,
      save: writes(run, writer, done),
    };
  });
}

/** A dry run comes before the keys are gone as well: it counts cells of those that will be. */
function endsWith({ tenant, subject }: ShreddedRows): (key: DataKeyDescription) => boolean {
  return (key) =>
    isShredded(key) ||
    (key.tenant === tenant && (subject === undefined || key.subject === subject));
}

/** @throws `ERR_JOB_REFUSED` for a field whose cells are never of such a scope */
function checkField(name: string, { model, field }: FieldTarget, scope: ShreddedRows): void {
  if (isOfScope(field, scope)) return;
  const message = `${name} has no cells that are of such a tenant or subject`;
  throw new FieldsealError('ERR_JOB_REFUSED', message, { model: model.name, field: field.name });
}

function scopeFilter(run: Run, scope: ShreddedRows): RowFilter {
  const { model, field } = run.target;
  const conditions: string[] = [];
  const values: string[] = [];
  for (const [name, value] of [
    [field.scope, scope.tenant],
    [field.subject, scope.subject],
  ] as const) {
    if (name === undefined || value === undefined) continue;
    values.push(value);
    conditions.push(`t.${quoted(scopeColumn(model, name))}::text = $${values.length + 1}`);
  }
  return { sql: `(${anythingFilter(run)}) AND ${conditions.join(' AND ')}`, values };
}

/** @throws `ERR_JOB_REFUSED`; `ERR_ACCESS_DENIED` for whoever may not shred */
async function requireShredded({ keyring }: FieldTarget, scope: ShreddedRows): Promise<void> {
  const { Shreds } = await keyring.kms.listShreds();
  const isCovered = Shreds.some(
    ({ Tenant, Subject, Erased }) =>
      Erased &&
      Tenant === scope.tenant &&
      (Subject === undefined ? Tenant !== undefined : Subject === scope.subject),
  );
  if (isCovered) return;
  const message =
    'The keys of this tenant or subject are not shredded: "fieldseal shred" comes first';
  throw new FieldsealError('ERR_JOB_REFUSED', message, { reason: 'not-shredded' });
}

function otherScope(field: string): FieldsealError {
  const message = `A job that clears rows of another tenant or subject in ${field} is unfinished: run it again or cancel it`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field });
}
