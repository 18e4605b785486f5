import type { Clock } from '../../cache/clock.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
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
  /**
   * Gets what went wrong; the next round tries again. A right that the database does not give this
   * process is reported once, not each round.
   */
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
  const done: readonly (readonly string[] | number)[] = Object.values(report);
  return done.every((ids) => (typeof ids === 'number' ? ids === 0 : ids.length === 0));
}

/** Names what stays wrong until somebody changes tables or rights of the store. */
function lastingFault(error: unknown): string | undefined {
  const isLasting = error instanceof FieldsealError && error.code === 'ERR_STORE_SCHEMA';
  return isLasting ? `${error.code} ${error.meta.reason}` : undefined;
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
    let reported: string | undefined;

    function report(error: unknown): void {
      const lasting = lastingFault(error);
      if (lasting === undefined || lasting !== reported) onError?.(error);
      reported = lasting;
    }

    const stop = (): void => {
      stopped = true;
      cancel();
      running.delete(stop);
    };
    const round = (): void => {
      runDue()
        .then((done) => {
          reported = undefined;
          if (!isEmpty(done)) onReport?.(done);
        }, report)
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
