import { FieldsealError } from '@fieldseal/core';
import { invalidOption } from '../engine/invalid-option.ts';
import { problemOf } from '../engine/job-problem.ts';
import { keysInTable } from '../field/keys-in-table.ts';
import { type Moves, rebindPage } from '../field/rebind-page.ts';
import type { RowFilter } from '../field/row-filter.ts';
import { checkMoves, knownMoves, movesDigest, type RowMove } from '../field/row-move.ts';
import { keyText } from '../field/row-text.ts';
import { createBatchWriter } from '../field/write-batch.ts';
import { keyNameOf } from '../table/key-name.ts';
import { quoted } from '../table/sql-names.ts';
import {
  type FieldJobOptions,
  type JobReport,
  type Pass,
  type Run,
  runFieldJob,
} from './field-job.ts';
import { anythingFilter, overRows, writes } from './steps.ts';
import { untilSettled } from './until-settled.ts';

export interface RebindOptions extends Omit<FieldJobOptions, 'workers'> {
  /** Rows whose key, tenant or subject is another one than their cells were sealed for: 1 to 100,000. */
  readonly moves: readonly RowMove[];
  /**
   * That the cells are to be sealed for their new rows. A cell that was moved is refused for a reason:
   * say so only for moves that you made. Not needed for a dry run.
   */
  readonly consent?: true;
}

const MAX_MOVES = 100_000;

/**
 * Seals cells for the rows that they stand in, after key, tenant or subject of these rows were changed by
 * SQL: `UPDATE ... SET id`, a merge of two tenants. Whoever made the change says what it was before; the
 * job opens each cell as that row's, and seals it, with its tokens, for the row as it is.
 *
 * A cell that opens where it stands is left as it is. One whose row of before is still there is a copy,
 * and is reported. Safe to run again; a run that was killed goes on where it was. The audit trail says when
 * it began, with a hash of the moves, and what it came to.
 *
 * @returns state `refused` with the rows that do not open as those of before either
 * @throws `ERR_CONFIG_INVALID` without consent, and for moves that name anything but key, tenant and
 * subject; otherwise as `encryptExisting`
 *
 * @example
 * ```ts
 * import { rebindRows } from '@fieldseal/jobs';
 *
 * const { state } = await rebindRows({
 *   database: url,
 *   keyring,
 *   manifest,
 *   field: 'Customer.aadhaar',
 *   moves: [{ from: { tenantId: 'acme-old' }, to: { id: '0190f1c2-0000-7000-8000-000000000001' } }],
 *   consent: true,
 * });
 * ```
 */
export async function rebindRows(options: RebindOptions): Promise<JobReport> {
  const { moves, consent, ...given } = options;
  if (moves.length === 0 || moves.length > MAX_MOVES)
    throw invalidOption('moves', 'Must be 1 to 100,000');
  if (consent !== true && options.dryRun !== true)
    throw invalidOption('consent', 'Must be true: cells are sealed for other rows');
  // a job of one list of moves is never taken up for another
  const digest = movesDigest(moves);
  return runFieldJob(given, {
    kind: 'rebind',
    first: `bind ${digest}`,
    async check({ session, target }) {
      checkMoves(target, moves);
      // keys that are none of the table's types are the database's to refuse
      await knownMoves(session, target, moves);
    },
    run: (run) => runSteps(run, moves, digest),
  });
}

async function runSteps(
  run: Run,
  moves: readonly RowMove[],
  digest: string,
): Promise<'done' | 'refused'> {
  const { keyring, log, options, session, target } = run;
  const step = `bind ${digest}`;
  if (log.startsAt.step !== step) throw otherMoves(options.field);
  const known = await knownMoves(session, target, moves);
  const isDryRun = options.dryRun === true;
  const key = keyNameOf(target.codec.manifest, target.field);
  const entry = { field: target.field.id, key, moves: digest };
  if (isDryRun) keyring.authoriseJob('StartReEncrypt', [key]);
  if (!isDryRun) await keyring.audit.recordRows({ ...entry, action: 'RebindRows' });
  await untilSettled(run, (each) => bindRows(each, step, known));
  await noteMissing(run, known);
  const problems = await log.countProblems();
  if (!isDryRun) {
    const rows = await log.countWritten();
    await keyring.audit.recordRows({ ...entry, action: 'CompleteRebindRows', rows, problems });
  }
  return problems > 0 ? 'refused' : 'done';
}

/** A move that names no row is a mistake in the list, not a row that is done. */
async function noteMissing({ session, target, log }: Run, moves: Moves): Promise<void> {
  const keys = [...moves.values()].map(({ to }) => to);
  const there = await keysInTable(session, target, keys);
  const missing = keys.filter((key) => !there.has(JSON.stringify(key)));
  await log.note(missing.map((key) => problemOf(keyText(key), 'no-such-row')));
}

function bindRows(run: Run, step: string, moves: Moves): Promise<Pass> {
  const { session, target } = run;
  const writer = createBatchWriter(session, target, { stored: true, tokens: true });
  return overRows(run, step, movedRows(run, moves), async (rows) => {
    const { done, problems } = await rebindPage(session, target, moves, rows);
    return {
      problems,
      save: writes(run, writer, done),
    };
  });
}

function movedRows(run: Run, moves: Moves): RowFilter {
  const { model, table } = run.target;
  const values = model.primaryKey.map((_, i) => [...moves.values()].map(({ to }) => to[i]));
  const lists = values.map((_, i) => `$${i + 2}::text[]`).join(', ');
  const names = values.map((_, i) => `c${i}`).join(', ');
  const same = model.primaryKey.map(
    ({ column }, i) => `t.${quoted(column)} = m.c${i}::${table.types.get(column)}`,
  );
  const isMoved = `EXISTS (SELECT FROM unnest(${lists}) AS m(${names}) WHERE ${same.join(' AND ')})`;
  return { sql: `(${anythingFilter(run)}) AND ${isMoved}`, values };
}

function otherMoves(field: string): FieldsealError {
  const message = `A job with another list of moves in ${field} is unfinished: run it again or cancel it`;
  return new FieldsealError('ERR_JOB_REFUSED', message, { field });
}
