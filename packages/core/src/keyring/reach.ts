import type { Clock } from '../cache/clock.ts';
import { deadlineIn } from '../cache/deadline.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';

/** What keys are used for. Opening may go on for longer than sealing: nothing new comes of it. */
export type ReachedUse = 'open' | 'seal';

/**
 * Whether something that keys depend on answers, and for how long they may be used when it does
 * not. One for the key store; a key whose material is in a device has one of its own besides.
 */
export interface Reach {
  /** To be called before a question; the function that it gives takes what became of it. */
  ask(): (error?: unknown) => void;
  /** Whether the last question found nobody. */
  isAway(): boolean;
  /** Since the last question that was answered was asked, by the clock that says more. */
  silentMs(): number;
  /** Whether keys may be used without asking first. */
  mayStill(use: ReachedUse): boolean;
}

/** The longest that `cache.sealStaleMs` may be. */
export const MAX_SEAL_STALE_MS = 180_000;

/**
 * Milliseconds after which nobody seals under what a change took out of use: each process has looked at the store
 * since, or has stopped sealing, however it is configured.
 */
export const SEAL_LEASE_MS = 200_000;

/** As long as everybody may take to hear of a change: nobody is away before. */
const FRESH_MS = 10_000;

export function createReach(options: {
  readonly clock: Clock;
  readonly openStaleMs: number;
  readonly sealStaleMs: number;
}): Reach {
  const { clock } = options;
  const capMs = {
    open: Math.max(FRESH_MS, options.openStaleMs),
    seal: Math.max(FRESH_MS, options.sealStaleMs),
  };
  let answered = deadlineIn(clock, 0);
  let away = false;

  // a machine that slept, or whose wall clock was set back, was silent for the longer of both
  function silentMs(): number {
    const wallMs = clock.now() - answered.wallMs;
    return Math.max(wallMs, clock.monotonic() - answered.monotonicMs, 0);
  }

  return {
    ask() {
      // what the answer says is as old as the question
      const asked = deadlineIn(clock, 0);
      return (error) => {
        if (error === undefined) {
          answered = asked;
          away = false;
        } else if (error instanceof FieldsealError && error.code === 'ERR_STORE_UNAVAILABLE') {
          away = true;
        }
      };
    },
    isAway: () => away,
    silentMs,
    mayStill: (use) => silentMs() <= capMs[use],
  };
}
