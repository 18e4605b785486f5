/** Re-encrypts `Person.pan`, and prints what that kept in memory: `JOB_WORKER` as for `job-worker.mjs`. */
import { reEncrypt } from '@fieldseal/jobs';
import { openWorkerOptions } from './worker-options.mjs';

const { takeOverSeconds: _, ...options } = await openWorkerOptions();
const rows = Number(process.env.ROWS);
const early = { kept: 0, resident: 0 };
const late = { kept: 0, resident: 0 };
let seen = early;
let pages = 0;

function onProgress({ read }) {
  // the last step begins at the first row again
  if (read > rows / 10) seen = late;
  pages += 1;
  if (seen === late && pages % 5 !== 0) return;
  // what is no longer needed is not memory that grows; `node --expose-gc`
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  seen.kept = Math.max(seen.kept, heapUsed + external);
  seen.resident = Math.max(seen.resident, rss);
}

try {
  const job = { ...options, field: 'Person.pan', load: 1, settleMs: 0 };
  const { state, problemCount, steps } = await reEncrypt({ ...job, onProgress });
  const written = steps.reduce((sum, step) => sum + step.written, 0);
  process.stdout.write(JSON.stringify({ state, problemCount, written, early, late }));
} finally {
  await options.keyring.close();
}
