import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';

/** @param reason - Name of a part, or the code of its error; never its message. */
export function auditUnavailable(reason: string): FieldsealError {
  return new FieldsealError('ERR_AUDIT_UNAVAILABLE', 'The audit trail cannot be written', {
    reason,
  });
}

/**
 * The answer of `work`, or `ERR_AUDIT_UNAVAILABLE` after a while. What comes too late is dropped, so
 * the work must be fit to be done again.
 */
export async function withinDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  work: () => T | Promise<T>,
): Promise<T> {
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.schedule(deadlineMs, () => reject(auditUnavailable('DEADLINE')));
  });
  const done = (async () => work())();
  done.catch(() => {}); // when it fails after the deadline
  try {
    return await Promise.race([done, late]);
  } finally {
    cancel();
  }
}
