import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

const busy = async (pace: ReturnType<typeof createPace>, ms: number): Promise<number> => {
  await pace.rest(0, ms, AbortSignal.abort()).catch(() => {});
  return pace.rows();
};

test('a batch that takes too long is followed by a smaller one, down to ten rows', async () => {
  const pace = createPace({ batchMs: 100 }, 100);
  expect(pace.rows()).toBe(100);
  expect(await busy(pace, 200)).toBe(100);
  expect(await busy(pace, 201)).toBe(50);
  expect(await busy(pace, 5000)).toBe(25);
  expect(await busy(pace, 5000)).toBe(13);
  expect(await busy(pace, 5000)).toBe(10);
  expect(await busy(pace, 5000)).toBe(10);
});

test('and by a bigger one when it is quick, up to what was asked for', async () => {
  const pace = createPace({ batchMs: 100 }, 45);
  await busy(pace, 201);
  await busy(pace, 201);
  expect(pace.rows()).toBe(12);
  expect(await busy(pace, 50)).toBe(12);
  expect(await busy(pace, 49)).toBe(24);
  expect(await busy(pace, 1)).toBe(45);
  expect(await busy(pace, 1)).toBe(45);
});

test('never more rows than were asked for, however few that are', async () => {
  const pace = createPace({ batchMs: 100 }, 3);
  expect(await busy(pace, 1000)).toBe(3);
});

test.each([
  [{ load: 1 }, 50, 0],
  [{ load: 0.5 }, 50, 50],
  [{ load: 0.25 }, 20, 60],
  [{ load: 1, rowsPerSecond: 100 }, 20, 80],
  [{ load: 0.5, rowsPerSecond: 1000 }, 40, 40],
])('rests as the limits ask for: %o, %i ms busy', async (options, busyMs, restMs) => {
  const pace = createPace(options, 10);
  const startedAt = performance.now();
  await pace.rest(10, busyMs);
  const rested = performance.now() - startedAt;
  expect(rested).toBeGreaterThanOrEqual(restMs - 2);
});

test.each([
  [{ load: 1 }, 50],
  [{ load: 0.25 }, 200],
  [{ load: 1, rowsPerSecond: 100 }, 100],
])('counts work with the rests that %o asks for', async (options, ms) => {
  const pace = createPace(options, 10);
  expect(pace.spent()).toEqual({ rows: 0, ms: 0 });
  for (const _ of [1, 2]) await pace.rest(10, 50, AbortSignal.abort()).catch(() => {});
  expect(pace.spent()).toEqual({ rows: 20, ms: 2 * ms });
});
