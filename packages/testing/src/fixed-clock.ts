import type { Clock } from '@fieldseal/core';

/** A clock that only moves when it is told to. */
export interface FixedClock extends Clock {
  /** Moves on by this many milliseconds and runs what is due, in order. */
  advance(milliseconds: number): void;
  /** Steps the wall clock alone, as after a restore from a snapshot. */
  step(milliseconds: number): void;
}

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock for tests of ages and polling.
 *
 * @param start - Milliseconds since 1970, or a date.
 *
 * @example
 * ```ts
 * import { fixedClock } from '@fieldseal/testing';
 *
 * const clock = fixedClock(new Date('2026-01-01'));
 * clock.advance(300_000);
 * ```
 */
export function fixedClock(start: number | Date = 0): FixedClock {
  let wall = Number(start);
  let monotonic = 0;
  const tasks = new Set<Task>();

  function due(): Task | undefined {
    let first: Task | undefined;
    for (const task of tasks) {
      if (task.at <= monotonic && (first === undefined || task.at < first.at)) first = task;
    }
    return first;
  }

  return {
    now: () => wall,
    monotonic: () => monotonic,
    schedule(delayMs, run) {
      const task = { at: monotonic + delayMs, run };
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    advance(milliseconds) {
      wall += milliseconds;
      monotonic += milliseconds;
      for (let task = due(); task !== undefined; task = due()) {
        tasks.delete(task);
        task.run();
      }
    },
    step(milliseconds) {
      wall += milliseconds;
    },
  };
}
