import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { ControlSession } from './control-session.ts';

const MIN_BETWEEN_MS = 200;

/** Keeps the control rows up to date in the background. */
export interface StoreWatch {
  /**
   * Throws what the last look at the store found, unless it only could not be reached: cached keys
   * serve through an outage, but not on a store that is not the one it was.
   */
  check(): void;
  /** Whether `check` throws nothing. */
  isSound(): boolean;
  stop(): void;
}

/**
 * Polls the epoch every so often, and sooner when the store hints at a change. Hints come from
 * whoever may notify, so they are limited to five a second.
 */
export function watchStore(options: {
  readonly store: KeyStore;
  readonly control: ControlSession;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Called with every hint. */
  readonly onHint: () => void;
  /** Called after each look at the store that succeeded. */
  readonly onPolled: () => void;
}): StoreWatch {
  const { store, control, clock, intervalMs, onHint, onPolled } = options;
  let failure: FieldsealError | undefined;
  let stopped = false;
  let polling = false;
  let hinted = false;
  let polledAt = clock.monotonic();
  let cancel = clock.schedule(intervalMs, poll);

  function pollIn(delayMs: number): void {
    cancel();
    cancel = clock.schedule(delayMs, poll);
  }

  function pollSoon(): void {
    pollIn(Math.max(0, MIN_BETWEEN_MS - (clock.monotonic() - polledAt)));
  }

  function ended(): void {
    polling = false;
    if (stopped) return;
    if (hinted) pollSoon();
    else pollIn(intervalMs);
  }

  function poll(): void {
    polling = true;
    hinted = false;
    polledAt = clock.monotonic();
    control
      .poll()
      .then(
        () => {
          failure = undefined;
          if (!stopped) onPolled();
        },
        (error: unknown) => {
          if (error instanceof FieldsealError && !error.retryable) failure = error;
        },
      )
      .finally(ended);
  }

  const unwatch = store.watch(() => {
    if (stopped) return;
    onHint();
    // what the poll under way reads may be older than the change
    if (polling) hinted = true;
    else pollSoon();
  });

  return {
    check() {
      if (failure !== undefined) throw failure;
    },
    isSound: () => failure === undefined,
    stop() {
      stopped = true;
      cancel();
      unwatch();
    },
  };
}
