/** What a worker or a starter of jobs works with, from `JOB_WORKER`. It imports built files. */
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';

export async function openWorkerOptions() {
  const { url, rootFile, manifest, takeOverSeconds } = JSON.parse(process.env.JOB_WORKER);
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    environment: 'test',
    development: true,
  });
  return { database: url, keyring, manifest, takeOverSeconds };
}
