import { isExactPlainText, type ManifestField, startsAsCell } from '@fieldseal/core';
import { isInTheWay, type JobProblem, type ProblemCode, problemOf } from '../engine/job-problem.ts';
import type { Checkpoint } from '../engine/job-store.ts';
import { saveCursor } from '../engine/job-store.ts';
import type { PageRow } from '../engine/page.ts';
import { type PageWork, runPages } from '../engine/run-pages.ts';
import { settleMsOf, settle as untilOthersKnow } from '../engine/settle.ts';
import { type FieldTarget, oldColumn } from '../field/field-target.ts';
import { openPage } from '../field/open-page.ts';
import { createPageQuery } from '../field/page-query.ts';
import type { RowFilter } from '../field/row-filter.ts';
import { rowText } from '../field/row-text.ts';
import { type SaveOptions, saveChanges } from '../field/save-changes.ts';
import { sealPage } from '../field/seal-page.ts';
import { type BatchWriter, createBatchWriter, type RowChange } from '../field/write-batch.ts';
import { quoted } from '../table/sql-names.ts';
import { isCellSql } from '../table/stored-text.ts';
import type { Pass, Run } from './field-job.ts';

/** What has to stand in the column of a field. */
type Expected = 'cells' | 'plaintext';

/** Runs one step over the rows that `filter` lets through, from where the job was. */
export async function overRows(
  run: Run,
  step: string,
  filter: string | RowFilter,
  work: (rows: readonly PageRow[]) => Promise<PageWork>,
): Promise<Pass> {
  const { log, session, target, pace, replicas, options, range, spread } = run;
  const { startsAt } = log;
  const isResumed = run.steps.length === 0 && startsAt.step === step;
  if (spread !== undefined) return spread(step, isResumed);
  const resumed = isResumed ? startsAt.cursor : null;
  if (resumed === null) {
    await log.enterStep(step);
    // after the cursor: whoever is stopped in between begins anew, and finds them again
    await log.forgetProblems();
  }
  run.missed.rows = 0;
  const progress = await runPages({
    log,
    step,
    total: target.table.rows,
    pace,
    replicas,
    signal: options.signal,
    onProgress: options.onProgress,
    query: createPageQuery(session, target, filter, range?.upTo),
    cursor: resumed ?? range?.after ?? null,
    work,
  });
  run.steps.push(progress);
  return { ...progress, isWhole: resumed === null, missed: run.missed.rows };
}

/** How a pass writes its rows; a dry run counts them. */
export function writes(
  run: Run,
  writer: BatchWriter,
  changes: readonly RowChange[],
  onDuplicate?: SaveOptions['onDuplicate'],
): PageWork['save'] {
  return async (checkpoint) => {
    if (run.options.dryRun === true) return changes.length;
    const { log, missed, notesMissed = false } = run;
    const saved = await saveChanges({ writer, changes, checkpoint, log, notesMissed, onDuplicate });
    missed.rows += saved?.missed ?? 0;
    return saved?.written;
  };
}

const column = ({ target }: Run): string => `t.${quoted(target.field.column)}`;

/** Which rows have plaintext; of a field with an old column, all that have something there. */
function plaintextFilter(run: Run): string {
  const old = oldColumn(run.target);
  if (old !== undefined) return `${old} IS NOT NULL`;
  return `${column(run)} IS NOT NULL AND NOT (${isCellSql(run.target.field)})`;
}

/** Which rows have a cell; in a column of its own there is nothing else. */
export function cellFilter({ target }: Run): string {
  const { field } = target;
  const isThere = `t.${quoted(field.column)} IS NOT NULL`;
  return field.from === undefined ? `${isThere} AND ${isCellSql(field)}` : isThere;
}

/** Which rows have a value, in one column or the other. */
function valueFilter(run: Run): string {
  const old = oldColumn(run.target);
  return [column(run), ...(old === undefined ? [] : [old])]
    .map((each) => `${each} IS NOT NULL`)
    .join(' OR ');
}

/** Which rows have a value or a token. */
export function anythingFilter(run: Run): string {
  const tokens = run.target.field.indexes.map((index) => `t.${quoted(index.column)} IS NOT NULL`);
  return [valueFilter(run), ...tokens].join(' OR ');
}

/** An old version of the application has written into the old column of a row with a cell. */
function hasTwoValues({ stored, old }: PageRow): boolean {
  return stored !== null && old !== null;
}

/** Only text may hold plaintext; what else stands in a binary column is no cell, and does not open. */
function isInCells({ from, storage }: ManifestField, { stored }: PageRow): boolean {
  if (stored === null) return false;
  return from !== undefined || storage === 'bytes' || startsAsCell(stored);
}

/** Only looks; the cursor is kept all the same. */
function onlyLook(run: Run, problems: readonly JobProblem[]): PageWork {
  return { problems, save: (checkpoint) => keepCursor(run, checkpoint) };
}

async function keepCursor(run: Run, checkpoint: Checkpoint): Promise<0 | undefined> {
  return run.options.dryRun === true ? 0 : saveCursor(run.session, checkpoint);
}

/** Looks at all plaintext: whether it can be told from cells, and is of the declared type. */
export function checkPlaintext(run: Run): Promise<Pass> {
  return overRows(run, 'check', valueFilter(run), async (rows) => {
    const problems: JobProblem[] = [];
    for (const row of rows) {
      const code = whyNotPlaintext(run, row);
      if (code !== undefined) problems.push(problemOf(rowText(row), code));
    }
    return onlyLook(run, problems);
  });
}

function whyNotPlaintext(run: Run, row: PageRow): ProblemCode | undefined {
  const { target } = run;
  if (hasTwoValues(row)) return 'two-values';
  // beside plaintext there are cells by now, and the last step opens each of them
  if (isInCells(target.field, row)) return run.phase() === 'plain' ? whyNotInPlain(run) : undefined;
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

/**
 * Gives tokens to rows that lack some, and leaves their value as it is.
 * @param indexes - Names of the indexes whose tokens are made.
 */
export function fillTokens(
  run: Run,
  indexes: ReadonlySet<string> = new Set(run.target.field.indexes.map(({ name }) => name)),
): Promise<Pass> {
  const { session, target } = run;
  const filled = target.field.indexes.filter(({ name }) => indexes.has(name));
  const missing = filled.map((index) => `t.${quoted(index.column)} IS NULL`);
  const writer = createBatchWriter(session, target, { stored: false, tokens: indexes });
  const filter = `(${valueFilter(run)}) AND (${missing.join(' OR ')})`;
  return overRows(run, 'tokens', filter, (rows) => rewrite(run, writer, rows));
}

/** Turns plaintext and legacy values into cells. */
export function sealRows(run: Run): Promise<Pass> {
  const writer = createBatchWriter(run.session, run.target, { stored: true, tokens: true });
  return overRows(run, 'cells', plaintextFilter(run), async (rows) => {
    const page = await rewrite(run, writer, rows);
    return {
      ...page,
      async save(checkpoint) {
        const written = await page.save(checkpoint);
        // a page that is not written now is read again
        if (written !== undefined) countLegacy(run, rows);
        return written;
      },
    };
  });
}

/** Turns cells into plaintext. */
export function openRows(run: Run): Promise<Pass> {
  const writer = createBatchWriter(run.session, run.target, { stored: true, tokens: true });
  const filter = cellFilter(run);
  return overRows(run, 'plaintext', filter, (rows) => rewrite(run, writer, rows));
}

async function rewrite(run: Run, writer: BatchWriter, rows: readonly PageRow[]): Promise<PageWork> {
  const refused: JobProblem[] = [];
  const sound: PageRow[] = [];
  // once more: others have written since the first step, and nothing may be lost on the way
  for (const row of rows) {
    const code = whyNotPlaintext(run, row);
    if (code === undefined) sound.push(row);
    else refused.push(problemOf(rowText(row), code));
  }
  const opened = await openPage(run.target, sound);
  const sealed = await sealPage(run.target, opened.done);
  return {
    problems: [...refused, ...opened.problems, ...sealed.problems],
    save: run.options.dryRun === true ? async () => 0 : writes(run, writer, sealed.done),
  };
}

function countLegacy({ target, legacy }: Run, rows: readonly PageRow[]): void {
  if (target.legacy.length === 0) return;
  for (const { stored } of rows) {
    const reader = target.legacy.find((each) => each.recognises(stored as string));
    if (reader !== undefined) legacy.set(reader.name, (legacy.get(reader.name) ?? 0) + 1);
  }
}

/**
 * Opens every cell, compares every token, and counts what is not what it has to be.
 * @param needsTokens - Whether lookups go by tokens alone, also of rows with plaintext.
 */
export function verifyRows(run: Run, expected: Expected, needsTokens = false): Promise<Pass> {
  const { target } = run;
  const indexes = target.field.indexes.map(({ name }) => name);
  return overRows(run, 'verify', anythingFilter(run), async (rows) => {
    const { problems } = await openPage(target, rows, indexes);
    const stones = new Set(problems.filter((each) => !isInTheWay(each)).map(({ row }) => row));
    const wrong = rows.flatMap((row) => {
      const code = stones.has(rowText(row)) ? undefined : whyNotExpected(run, row, expected);
      return code === undefined ? [] : [problemOf(rowText(row), code)];
    });
    const lacking = rows.filter((row) => needsTokens && isPlainWithoutToken(target, row));
    return onlyLook(run, [...problems, ...wrong, ...lacking.map(withoutToken)]);
  });
}

/** Compares all rows with what the phase of the field asks for. */
export function verifyPhase(run: Run): Promise<Pass> {
  const phase = run.phase();
  const expected = phase === 'plain' || phase === 'leaving' ? 'plaintext' : 'cells';
  return verifyRows(run, expected, phase === 'leaving');
}

/** Beside a cell the codec finds a missing token; beside plaintext most phases let it be. */
function isPlainWithoutToken({ field }: FieldTarget, row: PageRow): boolean {
  if ((row.stored === null && row.old === null) || isInCells(field, row)) return false;
  return field.indexes.some(({ name }) => row.values[name] === null);
}

function withoutToken(row: PageRow): JobProblem {
  return { ...problemOf(rowText(row), 'ERR_INDEX_MISMATCH'), class: 'no-token' };
}

function whyNotExpected(
  { target }: Run,
  row: PageRow,
  expected: Expected,
): ProblemCode | undefined {
  if (hasTwoValues(row)) return 'two-values';
  if (row.stored === null && row.old === null) return undefined;
  if (isInCells(target.field, row) === (expected === 'cells')) return undefined;
  return expected === 'cells' ? 'plaintext' : 'cell';
}

/**
 * Waits until every other process knows of a phase or key that was changed just now, or at `since` of
 * `performance.now()`.
 */
export function settle(run: Run, since: number = performance.now()): Promise<void> {
  const { options, session, log, phase } = run;
  return untilOthersKnow(session, {
    log,
    since,
    settleMs: settleMsOf(options),
    patienceMs: (options.patienceSeconds ?? 300) * 1000,
    signal: options.signal,
    // this process counts from when it first asks for the phase
    poll: () => void phase(),
  });
}
