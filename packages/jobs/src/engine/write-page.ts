import { setImmediate } from 'node:timers/promises';
import { lostRace } from '../table/session.ts';
import { isInTheWay } from './job-problem.ts';
import type { Page, PageRow } from './page.ts';
import type { PagesOptions, PageWork } from './run-pages.ts';

/** A page that was read and worked on. */
export interface WorkedPage {
  readonly rows: readonly PageRow[];
  readonly next: readonly string[];
  readonly work: PageWork;
  /** Of `performance.now()`, when its values were sealed. */
  readonly at: number;
}

export interface Saved {
  readonly written: number;
  readonly problems: number;
}

/** Why a page was not written: an application was faster, it had waited for too long, or the job is over. */
export type NotSaved = 'lost' | 'stale' | 'over';

const RACES = 10;
/**
 * What was sealed by keys of then is not written much later: those who wait for writers before a key ends wait
 * for what is under way, and not for what was put aside.
 */
const FRESH_MS = 5000;

/** Whether a page may still be written as it is. */
export function isFresh({ at }: WorkedPage): boolean {
  return performance.now() - at < FRESH_MS;
}

/** @returns `undefined` after the last row */
export async function pageAfter(
  options: PagesOptions,
  cursor: readonly string[] | null,
): Promise<WorkedPage | undefined> {
  return workOn(options, await options.query.read(cursor, options.pace.rows()));
}

async function workOn({ work }: PagesOptions, page: Page): Promise<WorkedPage | undefined> {
  const { rows, next } = page;
  if (next === null) return undefined;
  const at = performance.now();
  return { rows, next, work: await work(rows), at };
}

/** Writes a page, and works on the next one meanwhile. */
export async function writePage(
  options: PagesOptions,
  page: WorkedPage,
  { races, looksAhead }: { readonly races: number; readonly looksAhead: boolean },
): Promise<{ readonly saved: Saved | NotSaved; readonly ahead?: WorkedPage | undefined }> {
  const { query, pace } = options;
  if (!looksAhead) return { saved: await savePage(options, page, races) };
  // before the page is written, as there is one connection; a search that took long has let it grow old
  const rows = await query.read(page.next, pace.rows());
  if (!isFresh(page)) return { saved: 'stale' };
  const saving = savePage(options, page, races);
  saving.catch(() => {});
  // the statement is on its way before sealing takes the processor
  await setImmediate();
  // what is wrong with the page shows when it is worked on in its turn
  const ahead = await workOn(options, rows).catch(() => undefined);
  return { saved: await saving, ahead };
}

/**
 * @param races - How often the page has lost already.
 * @returns what was written; `lost` where an application was faster, which comes first: the page is given up and
 * read again
 */
async function savePage(
  { log }: PagesOptions,
  { rows, next, work: { problems, save } }: WorkedPage,
  races: number,
): Promise<Saved | NotSaved> {
  // before the cursor: a row that is passed over is never forgotten
  await log.note(problems);
  const { jobId, shard } = log;
  const inTheWay = problems.filter(isInTheWay).length;
  const checkpoint = { jobId, shard, cursor: next, read: rows.length, problems: inTheWay };
  try {
    const written = await save(checkpoint);
    return written === undefined ? 'over' : { written, problems: inTheWay };
  } catch (error) {
    if (!lostRace(error) || races + 1 >= RACES) throw error;
    return 'lost';
  }
}
