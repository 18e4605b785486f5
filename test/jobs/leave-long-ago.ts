import { openKeyring, systemClock } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import type { CliProject } from '../cli/run-cli.ts';

/**
 * Has the field leave since two minutes ago, so that no process has to wait until others know of it: by one
 * whose clock says so.
 */
export async function leaveLongAgo({ url, rootFile }: CliProject): Promise<void> {
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    environment: 'test',
    development: true,
    clock: { ...systemClock, now: () => Date.now() - 120_000 },
  });
  await keyring.setPhase('people.pan', 'leaving');
  await keyring.close();
}
