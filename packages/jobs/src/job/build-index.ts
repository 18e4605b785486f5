import type { JobLog } from '../engine/job-log.ts';
import { requireFieldRight } from '../field/require-field-right.ts';
import { type FieldJobOptions, type JobReport, type Run, runFieldJob } from './field-job.ts';
import { fillUnready, proveTokens, unreadyIndexes } from './prove-tokens.ts';
import { settle } from './steps.ts';
import { untilSettled } from './until-settled.ts';

/**
 * Makes the tokens of indexes that a field was given after it had rows, with the application running.
 * Until the job is done, lookups by such an index are refused: a row without token would be missing
 * from the answer.
 *
 * 1. `tokens`: gives every row the tokens that it lacks. Applications write tokens of their own.
 * 2. The index becomes `closing`: a version of the application that does not know of it may not write
 *    the field any more.
 * 3. `proof`: computes all tokens of such indexes anew, until a pass over the table writes nothing.
 * 4. The index becomes `ready`: lookups answer.
 *
 * A unique index over the token column holds all the while; a row whose value another row has is
 * reported as `duplicate`, and keeps no token until one of the two is changed.
 *
 * Rows whose key is destroyed are reported and get no token, which keeps no index from being ready.
 *
 * A run that was stopped or killed goes on where it was. Takes the role `fieldseal_admin`, and the right to
 * `SetIndexState` on the key of the field.
 *
 * @returns state `refused` with the rows that stand in the way; the index is not ready then
 * @throws as `encryptExisting`
 *
 * @example
 * ```ts
 * import { buildIndex } from '@fieldseal/jobs';
 *
 * const { state } = await buildIndex({ database: url, keyring, manifest, field: 'Customer.aadhaar' });
 * ```
 */
export function buildIndex(options: FieldJobOptions): Promise<JobReport> {
  return runFieldJob(options, {
    kind: 'build-index',
    first: 'tokens',
    isShared: true,
    settles: (run) => unreadyIndexes(run).size > 0,
    check: ({ target }) => requireFieldRight(target, 'SetIndexState'),
    run: runSteps,
  });
}

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  const { log, options } = run;
  if (unreadyIndexes(run).size === 0) return 'done';
  if (options.dryRun === true) {
    await proveTokens(run);
    return (await isInTheWay(log)) ? 'refused' : 'done';
  }
  if (log.startsAt.step === 'tokens') {
    await untilSettled(run, fillUnready);
    if (await isInTheWay(log)) return 'refused';
  }
  await close(run);
  // the last pass sees every row, whatever an earlier run had seen: the index may have been dropped since
  await untilSettled(run, proveTokens);
  if (await isInTheWay(log)) return 'refused';
  await open(run);
  return 'done';
}

/** A value whose key is destroyed is in no row any more: that it has no token misses nothing. */
async function isInTheWay(log: JobLog): Promise<boolean> {
  return (await log.countProblems('ERR_KEY_DESTROYED')) > 0;
}

/** From here on every writer of the field writes all of its tokens. */
async function close(run: Run): Promise<void> {
  for (const id of unreadyIds(run)) {
    if (run.keyring.indexStateOf(id) === 'building') await run.keyring.setIndexState(id, 'closing');
  }
  // also when an earlier run closed it: this one cannot tell how long ago
  await settle(run);
}

async function open(run: Run): Promise<void> {
  for (const id of unreadyIds(run)) await run.keyring.setIndexState(id, 'ready');
}

function unreadyIds(run: Run): readonly string[] {
  const unready = unreadyIndexes(run);
  return run.target.field.indexes.filter(({ name }) => unready.has(name)).map(({ id }) => id);
}
