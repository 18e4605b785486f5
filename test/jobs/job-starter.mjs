/** Starts a job with two threads, and prints its report: `JOB_WORKER` as for `job-worker.mjs`. */
import { reEncrypt } from '@fieldseal/jobs';
import { openWorkerOptions } from './worker-options.mjs';

const { takeOverSeconds, ...options } = await openWorkerOptions();
const module = new URL('./job-worker.mjs', import.meta.url);
try {
  const job = { ...options, field: 'Person.pan', load: 1, settleMs: 16_000 };
  const report = await reEncrypt({ ...job, workers: { threads: 2, module, takeOverSeconds } });
  process.stdout.write(JSON.stringify(report));
} finally {
  await options.keyring.close();
}
