import type { PageQuery, PageRow } from './page.ts';
import type { PageWork } from './run-pages.ts';

/** A page that has been read and worked on. */
export interface ReadyPage {
  readonly rows: readonly PageRow[];
  /** Key of its last row, or how far the table was searched. */
  readonly next: readonly string[];
  readonly work: PageWork;
}

/** Pages that are worked on while the server writes the one before. */
export interface ReadyPages {
  /** The page after a place; `null` after the last row. */
  after(cursor: readonly string[] | null): Promise<ReadyPage | null>;
  /** Begins to work on the page that {@link after} will be asked for next. */
  begin(cursor: readonly string[]): void;
  /** Forgets what was begun, once nothing of it uses the connection any more. */
  drop(): Promise<void>;
}

/**
 * What was sealed by keys of then is not written much later: those who wait for writers before a key ends wait
 * for what is under way, and not for what was put aside.
 */
const FRESH_MS = 5000;

export function createReadyPages(options: {
  readonly query: PageQuery;
  /** How many rows the next page is to have. */
  readonly size: () => number;
  work(rows: readonly PageRow[]): Promise<PageWork>;
}): ReadyPages {
  const { query, size, work } = options;
  let begun: { readonly at: number; readonly page: Promise<ReadyPage | null> } | undefined;

  async function prepare(cursor: readonly string[] | null): Promise<ReadyPage | null> {
    const { rows, next } = await query.read(cursor, size());
    return next === null ? null : { rows, next, work: await work(rows) };
  }

  async function drop(): Promise<void> {
    const dropped = begun?.page;
    begun = undefined;
    await dropped?.catch(() => {});
  }

  return {
    async after(cursor) {
      const isFresh = begun !== undefined && performance.now() - begun.at < FRESH_MS;
      if (!isFresh) await drop();
      const page = begun?.page ?? prepare(cursor);
      begun = undefined;
      return page;
    },
    begin(cursor) {
      const page = prepare(cursor);
      // whoever asks for it hears of it; if nobody does, it is read again
      page.catch(() => {});
      begun = { at: performance.now(), page };
    },
    drop,
  };
}
