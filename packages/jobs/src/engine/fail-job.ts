import { FieldsealError } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { isLostConnection, openSession } from '../table/session.ts';
import { isJobState, lockField } from './job-store.ts';

/**
 * Writes down that a job has ended by an error, unless that says that somebody stopped it, that another
 * process works on it, or that there is no connection to write it down with. Where that fails as well, the
 * job is one that was killed: it goes on when it is started again, as this one does.
 */
export async function failJob(
  database: string | ClientConfig,
  job: { readonly id: string; readonly field: string; readonly fieldId: string },
  error: unknown,
): Promise<void> {
  const code = codeOf(error);
  if (code === undefined) return;
  const session = await openSession(database).catch(() => undefined);
  if (session === undefined) return;
  try {
    // whoever has taken it up meanwhile has the lock, and it is theirs to end
    await lockField(session, job.field, job.fieldId);
    await session.rows(
      `UPDATE fieldseal_jobs.job SET state = 'failed', error_code = $2, updated_at = clock_timestamp()
        WHERE id = $1::uuid AND state = 'running'`,
      [job.id, code],
    );
  } catch {
    // the error that ended the job is the one to be told
  } finally {
    await session.close();
  }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof FieldsealError)) return 'ERR_INTERNAL';
  const { code, meta } = error;
  if (code === 'ERR_JOB_RUNNING' || isLostConnection(error)) return undefined;
  if (code !== 'ERR_JOB_STOPPED') return code;
  const reason = meta.reason ?? '';
  if (isJobState(reason)) return undefined;
  // a part that was given up says why
  return reason.startsWith('ERR_') ? reason : code;
}
