import { PassThrough } from 'node:stream';
import type { JobProgress } from '@fieldseal/jobs';
import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';

const at = (read: number, more: Partial<JobProgress> = {}): JobProgress => ({
  step: 'cells',
  read,
  written: 0,
  problems: 0,
  total: 100,
  ...more,
});

function shown(isTTY: boolean, ...steps: readonly JobProgress[]): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 });
  const view = createProgress(stream);
  for (const step of steps) view.update(step);
  view.end();
  return String(stream.read() ?? '');
}

test('a line ends with problems, and how far the slowest replica is behind', () => {
  expect(shown(false, at(0), at(50))).toBe('cells: 50 of about 100 rows, 0 rows/s\n');
  const wrong = at(50, { problems: 2, replicaLagBytes: 12_340_000 });
  expect(shown(false, at(0), wrong)).toBe(
    'cells: 50 of about 100 rows, 0 rows/s, 2 problems, replicas 12.3 MB behind\n',
  );
});

test('each step has a line of its own', () => {
  expect(shown(false, at(100), at(7, { step: 'verify' }))).toBe(
    'cells: 100 of about 100 rows, 0 rows/s\nverify: 7 of about 100 rows, 0 rows/s\n',
  );
});

test('a bar says how far replicas are behind where the job looks', () => {
  expect(shown(true, at(50))).not.toContain('replicas');
  expect(shown(true, at(50, { replicaLagBytes: 0 }))).toContain('replicas 0.0 MB behind');
});
