import type { Clock } from '../../cache/clock.ts';
import type { DueReport } from './maintenance.ts';

export interface MaintenanceOptions {
  /**
   * How often what is due is done: 60,000 to 86,400,000 ms, give or take a tenth, so that many
   * processes do not all ask at once.
   * @defaultValue 3_600_000
   */
  readonly intervalMs?: number;
  /** Gets what was done, when something was. */
  readonly onReport?: (report: DueReport) => void;
  /** Gets what went wrong; the next round tries again. */
  readonly onError?: (error: unknown) => void;
}

/** Does what is due by itself, for as long as it runs. */
export interface Upkeep {
  /** Starts, the first round at once, and gives what stops it. */
  start(options?: MaintenanceOptions): () => void;
  stop(): void;
}

const HOUR_MS = 3_600_000;

function isEmpty(report: DueReport): boolean {
  return Object.values(report).every((ids: readonly string[]) => ids.length === 0);
}

export function createUpkeep(options: {
  readonly clock: Clock;
  readonly runDue: () => Promise<DueReport>;
}): Upkeep {
  const { clock, runDue } = options;
  const running = new Set<() => void>();

  function start({ intervalMs = HOUR_MS, onReport, onError }: MaintenanceOptions = {}): () => void {
    let cancel = (): void => {};
    let stopped = false;
    const stop = (): void => {
      stopped = true;
      cancel();
      running.delete(stop);
    };
    const round = (): void => {
      runDue()
        .then(
          (report) => {
            if (!isEmpty(report)) onReport?.(report);
          },
          (error: unknown) => onError?.(error),
        )
        .finally(() => {
          if (!stopped) cancel = clock.schedule(intervalMs * (0.9 + Math.random() / 5), round);
        });
    };
    running.add(stop);
    round();
    return stop;
  }

  return {
    start,
    stop() {
      for (const stop of running) stop();
    },
  };
}
