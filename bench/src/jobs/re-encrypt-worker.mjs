/** A thread that works on the job of `re-encrypt.mjs`. */
import { workerData } from 'node:worker_threads';
import { workOnJobs } from '@fieldseal/jobs';
import { openJobKeyring } from './job-keyring.mjs';

const { url, rootFile, manifest } = workerData;
const keyring = await openJobKeyring({ url, rootFile });
try {
  await workOnJobs({ database: url, keyring, manifest });
} finally {
  await keyring.close();
}
