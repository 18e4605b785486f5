import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { isLostConnection } from '../table/session.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Runs `work` again after what passes by itself: a restart of PostgreSQL, a cut connection, a full disk,
 * a root or key store that does not answer. Nothing is lost by that, as a job goes on at its cursor.
 *
 * @param options.patienceMs - How long no page may be finished before the error is thrown.
 * @param work - Is to call `begun` when it has its connection: what fails before, a wrong URL for
 * example, does not pass. And `alive` when a page is finished.
 */
export async function outlast<T>(
  options: { readonly patienceMs: number; readonly signal?: AbortSignal | undefined },
  work: (signs: { readonly begun: () => void; readonly alive: () => void }) => Promise<T>,
): Promise<T> {
  const { patienceMs, signal } = options;
  let failedAt: number | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let isBegun = false;
  const begun = (): void => {
    isBegun = true;
  };
  const alive = (): void => {
    failedAt = undefined;
    pauseMs = FIRST_PAUSE_MS;
  };
  for (;;) {
    try {
      return await work({ begun, alive });
    } catch (error) {
      if (!isBegun || !passes(error, failedAt !== undefined)) throw error;
      failedAt ??= performance.now();
      const left = failedAt + patienceMs - performance.now();
      if (left <= 0 || signal?.aborted === true) throw error;
      await wait(Math.min(pauseMs, left), undefined, signal === undefined ? {} : { signal }).catch(
        () => {},
      );
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}

/** @param hasFailed - PostgreSQL may take a while to see that the connection with the lock is gone. */
function passes(error: unknown, hasFailed: boolean): boolean {
  if (!(error instanceof FieldsealError)) return false;
  if (error.code === 'ERR_DATABASE') return isLostConnection(error);
  return error.retryable || (hasFailed && error.code === 'ERR_JOB_RUNNING');
}
