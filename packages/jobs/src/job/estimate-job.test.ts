import { expect, test } from 'vitest';
import { estimateJob } from './estimate-job.ts';

test('is what was spent, and no less than the wait for other processes', () => {
  const spent = { rows: 3000, ms: 2000 };
  expect(estimateJob(spent, 0)).toEqual({ rows: 3000, rowsPerSecond: 1500, seconds: 2 });
  expect(estimateJob(spent, 200_000)).toEqual({ rows: 3000, rowsPerSecond: 1500, seconds: 200 });
  const long = { rows: 30_000, ms: 300_000 };
  expect(estimateJob(long, 200_000)).toEqual({ rows: 30_000, rowsPerSecond: 100, seconds: 300 });
});

test('has no rate without rows', () => {
  const none = { rows: 0, ms: 0 };
  expect(estimateJob(none, 0)).toEqual({ rows: 0, rowsPerSecond: 0, seconds: 0 });
});
