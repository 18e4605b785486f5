import type { Clock } from './clock.ts';

/** A moment on both clocks; it has come when either says so. */
export interface Deadline {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The monotonic clock stands still while a machine sleeps and the wall clock can be set back. */
export function deadlineIn(clock: Clock, delayMs: number): Deadline {
  return { wallMs: clock.now() + delayMs, monotonicMs: clock.monotonic() + delayMs };
}

/** @param aheadMs - Asks whether the deadline comes within this time. */
export function hasCome(clock: Clock, deadline: Deadline, aheadMs = 0): boolean {
  return (
    clock.now() + aheadMs >= deadline.wallMs || clock.monotonic() + aheadMs >= deadline.monotonicMs
  );
}
