import { PassThrough } from 'node:stream';
import type { JobProgress } from '@fieldseal/jobs';
import { afterEach, expect, test, vi } from 'vitest';
import { createProgress } from './progress.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

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

test.each([
  ['forwards', 86_400_000],
  ['backwards', -86_400_000],
])('the time that is left does not follow a clock that is set %s', (_name, jump) => {
  const begun = performance.now();
  const wall = Date.now();
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200 });
  const view = createProgress(stream);
  view.update(at(0));
  const passed = vi.spyOn(performance, 'now');
  const clock = vi.spyOn(Date, 'now');
  for (const second of [1, 2, 3, 4]) {
    passed.mockReturnValue(begun + second * 1000);
    clock.mockReturnValue(wall + second * 1000 + (second > 2 ? jump : 0));
    view.update(at(second * 10));
  }
  view.end();
  const drawn = String(stream.read());
  expect(drawn.slice(drawn.lastIndexOf('cells'))).toMatch(
    /40 of about 100 {2}10 rows\/s {2}6s left/,
  );
});
