import { expect, test } from 'vitest';
import { fixedClock } from './fixed-clock.ts';

test('a clock stands still until it is told to move', () => {
  const clock = fixedClock(new Date('2026-01-01'));
  expect(clock.now()).toBe(Date.parse('2026-01-01'));
  clock.advance(1_500);
  expect(clock.now()).toBe(Date.parse('2026-01-01') + 1_500);
  expect(clock.monotonic()).toBe(1_500);
});

test('a step moves the wall clock, and runs nothing', () => {
  const clock = fixedClock(1_000);
  const runs: string[] = [];
  clock.schedule(10, () => runs.push('due'));
  clock.step(-500);
  expect([clock.now(), clock.monotonic(), runs]).toEqual([500, 0, []]);
});

test('what is due runs in order of its time, and what was taken back does not run', () => {
  const clock = fixedClock();
  const runs: string[] = [];
  clock.schedule(30, () => runs.push('third'));
  clock.schedule(10, () => runs.push('first'));
  const cancel = clock.schedule(20, () => runs.push('second'));
  cancel();
  clock.schedule(31, () => runs.push('later'));
  clock.advance(30);
  expect(runs).toEqual(['first', 'third']);
});

test('a task that schedules another one that is due already runs it too', () => {
  const clock = fixedClock();
  const runs: string[] = [];
  clock.schedule(10, () => clock.schedule(0, () => runs.push('inner')));
  clock.advance(10);
  expect(runs).toEqual(['inner']);
});
