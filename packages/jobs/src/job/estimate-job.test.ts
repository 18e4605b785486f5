import { expect, test } from 'vitest';
import { estimateJob } from './estimate-job.ts';

test('is what was spent, and no less than the wait for other processes', () => {
  const spent = { rows: 3000, ms: 2000 };
  expect(estimateJob(spent, false)).toEqual({ rows: 3000, rowsPerSecond: 1500, seconds: 2 });
  expect(estimateJob(spent, true)).toEqual({ rows: 3000, rowsPerSecond: 1500, seconds: 16 });
  const long = { rows: 30_000, ms: 20_000 };
  expect(estimateJob(long, true)).toEqual({ rows: 30_000, rowsPerSecond: 1500, seconds: 20 });
});

test('has no rate without rows', () => {
  const none = { rows: 0, ms: 0 };
  expect(estimateJob(none, false)).toEqual({ rows: 0, rowsPerSecond: 0, seconds: 0 });
});
