import { setTimeout as wait } from 'node:timers/promises';
import { isExactPlainText, startsAsCell } from '@fieldseal/core';
import type { JobProblem, ProblemCode } from '../engine/job-problem.ts';
import type { Checkpoint } from '../engine/job-store.ts';
import { saveCursor } from '../engine/job-store.ts';
import type { PageRow } from '../engine/page.ts';
import { type JobProgress, type PageWork, runPages } from '../engine/run-pages.ts';
import { rowText } from '../field/each-or-all.ts';
import { oldColumn } from '../field/field-target.ts';
import { openPage } from '../field/open-page.ts';
import { createPageQuery } from '../field/page-query.ts';
import { saveChanges } from '../field/save-changes.ts';
import { sealPage } from '../field/seal-page.ts';
import { type BatchWriter, createBatchWriter, type RowChange } from '../field/write-batch.ts';
import { quoted } from '../table/sql-names.ts';
import type { Run } from './field-job.ts';

/** Every process looks at the store within 10 s, and finishes what it has begun. */
const SETTLE_MS = 16_000;
const SETTLE_POLL_MS = 200;

/** Runs one step over the rows that `filter` lets through, from where the job was. */
async function overRows(
  run: Run,
  step: string,
  filter: string,
  work: (rows: readonly PageRow[]) => Promise<PageWork>,
): Promise<JobProgress> {
  const { log, session, target, pace, batchSize, options } = run;
  const { startsAt } = log;
  const isFirst = run.steps.length === 0;
  const resumed = isFirst && startsAt.step === step ? startsAt.cursor : null;
  if (resumed === null) await log.enterStep(step);
  const progress = await runPages({
    log,
    step,
    total: target.table.rows,
    batchSize,
    pace,
    signal: options.signal,
    onProgress: options.onProgress,
    query: createPageQuery(session, target, filter),
    cursor: resumed,
    work,
  });
  run.steps.push(progress);
  return progress;
}

const column = ({ target }: Run): string => `t.${quoted(target.field.column)}`;

/** Which rows have plaintext; of a field with an old column, all that have something there. */
function plaintextFilter(run: Run): string {
  const old = oldColumn(run.target);
  if (old !== undefined) return `${old} IS NOT NULL`;
  return `${column(run)} IS NOT NULL AND NOT starts_with(${column(run)}::text, 'fs1.')`;
}

/** Which rows have a value, in one column or the other. */
function valueFilter(run: Run): string {
  const old = oldColumn(run.target);
  return [column(run), ...(old === undefined ? [] : [old])]
    .map((each) => `${each} IS NOT NULL`)
    .join(' OR ');
}

/** An old version of the application has written into the old column of a row with a cell. */
function hasTwoValues({ stored, old }: PageRow): boolean {
  return stored !== null && old !== null;
}

/** Only looks; the cursor is kept all the same. */
function onlyLook(run: Run, problems: readonly JobProblem[]): PageWork {
  return { problems, save: (checkpoint) => keepCursor(run, checkpoint) };
}

async function keepCursor(run: Run, checkpoint: Checkpoint): Promise<0 | undefined> {
  return run.options.dryRun === true ? 0 : saveCursor(run.session, checkpoint);
}

/** Looks at all plaintext: whether it can be told from cells, and is of the declared type. */
export function checkPlaintext(run: Run): Promise<JobProgress> {
  return overRows(run, 'check', valueFilter(run), async (rows) => {
    const problems: JobProblem[] = [];
    for (const row of rows) {
      const code = whyNotPlaintext(run, row);
      if (code !== undefined) problems.push({ row: rowText(row), code });
    }
    return onlyLook(run, problems);
  });
}

function whyNotPlaintext(run: Run, row: PageRow): ProblemCode | undefined {
  const { target } = run;
  if (hasTwoValues(row)) return 'two-values';
  const isInCells =
    row.stored !== null && (target.field.from !== undefined || startsAsCell(row.stored));
  // beside plaintext there are cells by now, and the last step opens each of them
  if (isInCells) return run.phase() === 'plain' ? whyNotInPlain(run) : undefined;
  const plain = (row.old ?? row.stored) as string;
  const reader = target.legacy.find((each) => each.recognises(plain));
  const text = reader === undefined ? plain : reader.open(plain);
  const isValue = text !== undefined && isExactPlainText(target.field.type, text);
  return isValue ? undefined : 'not-of-type';
}

/** A column of its own tells cells from plaintext, so none has to be refused for its looks. */
function whyNotInPlain({ target }: Run): ProblemCode | undefined {
  return target.field.from === undefined ? 'starts-as-cell' : undefined;
}

/** Gives tokens to rows that lack some, and leaves their plaintext as it is. */
export function fillTokens(run: Run): Promise<JobProgress> {
  const { session, target } = run;
  const missing = target.field.indexes.map((index) => `t.${quoted(index.column)} IS NULL`);
  const writer = createBatchWriter(session, target, { stored: false });
  const filter = `(${valueFilter(run)}) AND (${missing.join(' OR ')})`;
  return overRows(run, 'tokens', filter, (rows) => rewrite(run, writer, rows));
}

/** Turns plaintext and legacy values into cells. */
export function sealRows(run: Run): Promise<JobProgress> {
  const writer = createBatchWriter(run.session, run.target, { stored: true });
  return overRows(run, 'cells', plaintextFilter(run), (rows) => {
    countLegacy(run, rows);
    return rewrite(run, writer, rows);
  });
}

/** Turns cells into plaintext. */
export function openRows(run: Run): Promise<JobProgress> {
  const writer = createBatchWriter(run.session, run.target, { stored: true });
  const isCell =
    run.target.field.from === undefined ? ` AND starts_with(${column(run)}::text, 'fs1.')` : '';
  const filter = `${column(run)} IS NOT NULL${isCell}`;
  return overRows(run, 'plaintext', filter, (rows) => rewrite(run, writer, rows));
}

async function rewrite(run: Run, writer: BatchWriter, rows: readonly PageRow[]): Promise<PageWork> {
  const refused: JobProblem[] = [];
  const sound: PageRow[] = [];
  // once more: others have written since the first step, and nothing may be lost on the way
  for (const row of rows) {
    const code = whyNotPlaintext(run, row);
    if (code === undefined) sound.push(row);
    else refused.push({ row: rowText(row), code });
  }
  const opened = await openPage(run.target, sound);
  const sealed = await sealPage(run.target, opened.done);
  const changes: readonly RowChange[] = sealed.done;
  return {
    problems: [...refused, ...opened.problems, ...sealed.problems],
    save: (checkpoint) =>
      run.options.dryRun === true
        ? Promise.resolve(0)
        : saveChanges(writer, changes, checkpoint, run.log),
  };
}

function countLegacy({ target, legacy }: Run, rows: readonly PageRow[]): void {
  if (target.legacy.length === 0) return;
  for (const { stored } of rows) {
    const reader = target.legacy.find((each) => each.recognises(stored as string));
    if (reader !== undefined) legacy.set(reader.name, (legacy.get(reader.name) ?? 0) + 1);
  }
}

/** Opens every cell, compares every token, and counts what is not what it has to be. */
export function verifyRows(run: Run, expected: 'cells' | 'plaintext'): Promise<JobProgress> {
  const { target } = run;
  const tokens = target.field.indexes.map((index) => `t.${quoted(index.column)} IS NOT NULL`);
  const filter = [valueFilter(run), ...tokens].join(' OR ');
  const indexes = target.field.indexes.map(({ name }) => name);
  return overRows(run, 'verify', filter, async (rows) => {
    const { problems } = await openPage(target, rows, indexes);
    const wrong = rows.flatMap((row) => {
      const code = whyNotExpected(run, row, expected);
      return code === undefined ? [] : [{ row: rowText(row), code }];
    });
    return onlyLook(run, [...problems, ...wrong]);
  });
}

function whyNotExpected(
  { target }: Run,
  row: PageRow,
  expected: 'cells' | 'plaintext',
): ProblemCode | undefined {
  if (hasTwoValues(row)) return 'two-values';
  if (row.stored === null && row.old === null) return undefined;
  const isCell =
    row.stored !== null && (target.field.from !== undefined || startsAsCell(row.stored));
  if (isCell === (expected === 'cells')) return undefined;
  return expected === 'cells' ? 'plaintext' : 'cell';
}

/** Repeats a step until a pass over the table writes nothing any more. */
export async function untilNothingIsLeft(
  run: Run,
  step: (run: Run) => Promise<JobProgress>,
): Promise<void> {
  if (run.options.dryRun === true) {
    await step(run);
    return;
  }
  for (;;) {
    await run.log.forgetProblems();
    const { written, read, problems } = await step(run);
    if (written === 0 && read === problems) return;
    if (written === 0 && (await run.log.countProblems()) > 0) return;
  }
}

/** Waits until every other process knows of a phase that was changed just now. */
export async function settle({ options: { signal }, phase }: Run): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  while (performance.now() < until && signal?.aborted !== true) {
    // a process counts from when it first asks for the phase
    phase();
    await wait(SETTLE_POLL_MS);
  }
}
