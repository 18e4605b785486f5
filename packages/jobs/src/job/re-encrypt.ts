import { FieldsealError } from '@fieldseal/core';
import { type FieldTarget, phaseOf } from '../field/field-target.ts';
import { openPage } from '../field/open-page.ts';
import { sealPage } from '../field/seal-page.ts';
import { createBatchWriter } from '../field/write-batch.ts';
import { keyNameOf } from '../table/key-name.ts';
import { storedValue } from '../table/stored-text.ts';
import { type CurrentKeys, createCurrentKeys } from './current-keys.ts';
import {
  type FieldJobOptions,
  type JobReport,
  type Pass,
  type Run,
  runFieldJob,
} from './field-job.ts';
import { cellFilter, overRows, settle, writes } from './steps.ts';
import { untilSettled } from './until-settled.ts';

/**
 * Moves the cells of a field to the key that seals now, with the application running: after a rotation,
 * after an alias was pointed at another key, or to another suite. A cell that is there already is not
 * written again, and a row that an application has written meanwhile stays as that wrote it. Tokens do
 * not change.
 *
 * Cells that do not open, whose key is destroyed or revoked for example, are noted and left.
 *
 * Takes the right to `StartReEncrypt` on the key of the field, beside those to open and to seal.
 *
 * @returns state `refused` when rows were noted
 * @throws `ERR_JOB_REFUSED` for a field that is `plain` or `leaving`; otherwise as `encryptExisting`, and
 * `ERR_ACCESS_DENIED`
 *
 * @example
 * ```ts
 * import { reEncrypt } from '@fieldseal/jobs';
 *
 * await keyring.rotateKey('alias/kyc');
 * const { state } = await reEncrypt({ database: url, keyring, manifest, field: 'Customer.aadhaar' });
 * ```
 */
export function reEncrypt(options: FieldJobOptions): Promise<JobReport> {
  return runFieldJob(options, {
    kind: 're-encrypt',
    first: 'cells',
    isShared: true,
    settles: () => true,
    check: async ({ options: { field }, target }) => checkPhase(field, target),
    run: runSteps,
  });
}

/** @throws `ERR_JOB_REFUSED` where what is sealed anew would be plaintext */
function checkPhase(field: string, target: FieldTarget): void {
  const phase = phaseOf(target);
  if (phase !== 'plain' && phase !== 'leaving') return;
  const message = `${field} is ${phase}: what is written there is plaintext, so nothing moves to another key`;
  throw new FieldsealError('ERR_JOB_REFUSED', message, { field, reason: phase });
}

async function runSteps(run: Run): Promise<'done' | 'refused'> {
  const { keyring, field, codec } = run.target;
  keyring.authoriseJob('StartReEncrypt', [keyNameOf(codec.manifest, field)]);
  const startedAt = performance.now();
  await untilAllAreCurrent(run);
  if (run.options.dryRun !== true) {
    // what processes sealed that had not heard of the new key
    await settle(run, startedAt);
    await untilAllAreCurrent(run);
  }
  return (await run.log.countProblems()) > 0 ? 'refused' : 'done';
}

function untilAllAreCurrent(run: Run): Promise<void> {
  const current = createCurrentKeys();
  return untilSettled(run, (each) => resealRows(each, current));
}

/** Moves the rows that are not under the key that seals now. */
export function resealRows(run: Run, current: CurrentKeys = createCurrentKeys()): Promise<Pass> {
  const { session, target } = run;
  const writer = createBatchWriter(session, target, { stored: true, tokens: false });
  return overRows(run, 'cells', cellFilter(run), async (rows) => {
    const opened = await openPage(
      target,
      rows.filter((row) => !isCurrent(run, current, row.stored)),
    );
    const sealed = await sealPage(target, opened.done);
    for (const { stored } of sealed.done) learn(run, current, stored);
    const changes = sealed.done.filter(({ row }) => !isCurrent(run, current, row.stored));
    return {
      problems: [...opened.problems, ...sealed.problems],
      save: writes(run, writer, changes),
    };
  });
}

function learn({ target }: Run, current: CurrentKeys, stored: string | null): void {
  const fresh = storedValue(target.field, stored);
  if (fresh !== null) current.learn(fresh);
}

/** What is no cell at all is not current; to open it says what it is. */
function isCurrent({ target }: Run, current: CurrentKeys, stored: string | null): boolean {
  const cell = storedValue(target.field, stored);
  try {
    return cell === null || current.has(cell);
  } catch {
    return false;
  }
}
