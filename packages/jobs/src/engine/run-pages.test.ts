import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { JobLog } from './job-log.ts';
import { createPace, type PaceOptions } from './pace.ts';
import type { PageQuery, PageRow } from './page.ts';
import { type PageWork, runPages } from './run-pages.ts';

const ROWS = 6;
const SIZE = 2;

const rowOf = (n: number): PageRow => {
  return { cursor: [String(n)], scopes: [], stored: `v${n}`, old: null, values: {} };
};

/** Rows that are found at once; `beforeRead` is told after which row is searched. */
const queryOf = (beforeRead: (after: number) => void): PageQuery => ({
  async read(cursor, limit) {
    beforeRead(Number(cursor?.[0] ?? 0));
    const from = Number(cursor?.[0] ?? 0);
    const length = Math.min(limit, ROWS - from);
    const rows = Array.from({ length }, (_, i) => rowOf(from + i + 1));
    return { rows, next: rows.at(-1)?.cursor ?? null };
  },
});

const lost = (): FieldsealError => new FieldsealError('ERR_DATABASE', 'lost', { reason: '40001' });

/** Runs all pages and tells what was done, in order: `work 1` and `save 1` for the page that begins with row 1. */
async function run(
  save: (first: string, times: number) => Promise<number | undefined>,
  pace: PaceOptions = { load: 1 },
  beforeRead: (after: number) => void = () => {},
): Promise<{ readonly done: readonly string[]; readonly read: number }> {
  const done: string[] = [];
  const saved = new Map<string, number>();
  const log = {
    jobId: 'job',
    shard: undefined,
    note: async () => {},
    state: async () => 'running',
  };
  const { read } = await runPages({
    log: log as unknown as JobLog,
    step: 'cells',
    total: ROWS,
    pace: createPace(pace, SIZE),
    replicas: { caughtUp: async () => {}, look: async () => undefined },
    signal: undefined,
    onProgress: undefined,
    query: queryOf(beforeRead),
    cursor: null,
    async work(rows): Promise<PageWork> {
      const first = rows[0]?.cursor[0] as string;
      done.push(`work ${first}`);
      return {
        problems: [],
        async save() {
          const times = (saved.get(first) ?? 0) + 1;
          saved.set(first, times);
          const written = await save(first, times);
          done.push(`save ${first}`);
          return written;
        },
      };
    },
  });
  return { done, read };
}

afterEach(() => void vi.restoreAllMocks());

describe('pages of a job', () => {
  test('are worked on while the one before is written', async () => {
    const { done, read } = await run(async () => {
      await wait(20);
      return SIZE;
    });
    expect(done).toEqual(['work 1', 'work 3', 'save 1', 'work 5', 'save 3', 'save 5']);
    expect(read).toBe(ROWS);
  });

  test.each<PaceOptions>([{ load: 0.9 }, { load: 1, rowsPerSecond: 1000 }])(
    'are worked on when they are to be written where a rest comes in between: %j',
    async (pace) => {
      const { done } = await run(async () => SIZE, pace);
      expect(done).toEqual(['work 1', 'save 1', 'work 3', 'save 3', 'work 5', 'save 5']);
    },
  );

  test('are worked on again when they have waited for long', async () => {
    let now = 1_000_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { done } = await run(async (first) => {
      await wait(20);
      if (first === '1') now += 6000;
      return SIZE;
    });
    const work = done.filter((each) => each.startsWith('work'));
    expect(work).toEqual(['work 1', 'work 3', 'work 3', 'work 5']);
  });

  test('are not written when the search for the next one took long, but worked on again', async () => {
    let now = 1_000_000;
    let slow = true;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { done, read } = await run(
      async () => SIZE,
      { load: 1 },
      (after) => {
        if (after !== 4 || !slow) return;
        slow = false;
        now += 6000;
      },
    );
    expect(done).toEqual(['work 1', 'save 1', 'work 3', 'work 3', 'save 3', 'work 5', 'save 5']);
    expect(read).toBe(ROWS);
  });

  test('are read again after a lost race, with what comes after them', async () => {
    const { done, read } = await run(async (first, times) => {
      await wait(20);
      if (first === '3' && times === 1) throw lost();
      return SIZE;
    });
    expect(done.filter((each) => each === 'work 3')).toHaveLength(2);
    expect(done.filter((each) => each.startsWith('save'))).toEqual(['save 1', 'save 3', 'save 5']);
    expect(read).toBe(ROWS);
  });

  test('are given up after ten lost races', async () => {
    let times = 0;
    const running = run(async () => {
      times += 1;
      throw lost();
    });
    await expect(running).rejects.toMatchObject({ meta: { reason: '40001' } });
    expect(times).toBe(10);
  });
});
