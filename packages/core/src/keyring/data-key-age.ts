import type { Clock } from '../cache/clock.ts';

/** Whether a data key has sealed for long enough. Index keys never have: tokens hang on them. */
export type IsDataKeyAged = (createdAtMs: number) => boolean;

/**
 * By the wall clock, as the moment is one that another process may have stored. One that lies ahead
 * is of a process whose clock goes before ours, and no reason to make another key.
 */
export function createDataKeyAge(clock: Clock, maxAgeMs: number): IsDataKeyAged {
  return (createdAtMs) => clock.now() - createdAtMs >= maxAgeMs;
}
