/** A worker on jobs, as a process or as a thread of a job: `JOB_WORKER` holds its settings as JSON. */
import { workOnJobs } from '@fieldseal/jobs';
import { openWorkerOptions } from './worker-options.mjs';

const options = await openWorkerOptions();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
try {
  await workOnJobs({ ...options, signal: stop.signal });
} finally {
  await options.keyring.close();
}
