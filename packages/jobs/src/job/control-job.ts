import { FieldsealError } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { ensureJobTables } from '../engine/job-schema.ts';
import { changeState, type JobRecord, readJobs } from '../engine/job-store.ts';
import { openSession, type Session } from '../table/session.ts';

async function withSession<T>(
  database: string | ClientConfig,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(database);
  try {
    await ensureJobTables(session);
    return await work(session);
  } finally {
    await session.close();
  }
}

/**
 * The jobs of a database, newest first, 1,000 at most.
 * @throws `ERR_DATABASE`
 *
 * @example
 * ```ts
 * import { listJobs } from '@fieldseal/jobs';
 *
 * for (const { id, kind, field, state } of await listJobs(url)) {
 *   process.stdout.write(`${id} ${kind} ${field} ${state}\n`);
 * }
 * ```
 */
export function listJobs(database: string | ClientConfig): Promise<readonly JobRecord[]> {
  return withSession(database, readJobs);
}

const CHANGES = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused', 'failed'], to: 'cancelled' },
} as const;

/**
 * Pauses, resumes or cancels a job, wherever it runs; it notices after the page under way. A job whose
 * process has ended goes on when it is started again.
 *
 * @throws `ERR_JOB_UNKNOWN`, `ERR_JOB_REFUSED` for a job that has ended, `ERR_DATABASE`
 *
 * @example
 * ```ts
 * import { controlJob, listJobs } from '@fieldseal/jobs';
 *
 * const [newest] = await listJobs(url);
 * if (newest?.state === 'running') await controlJob(url, newest.id, 'pause');
 * ```
 */
export function controlJob(
  database: string | ClientConfig,
  jobId: string,
  change: 'pause' | 'resume' | 'cancel',
): Promise<void> {
  return withSession(database, async (session) => {
    const state = await changeState(session, jobId, CHANGES[change]);
    if (state === CHANGES[change].to) return;
    const message = `The job is ${state}, so it cannot be asked to ${change}`;
    throw new FieldsealError('ERR_JOB_REFUSED', message, { reason: state });
  });
}
