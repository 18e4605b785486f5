import { once } from 'node:events';
import { Client } from 'pg';
import { expect } from 'vitest';
import type { OtherProcess } from './other-process.ts';
import { sql } from './test-database.ts';

/** Where a process is to wait: for a table, or for the lock of a rotation. */
export type KillPlace = { readonly table: string } | { readonly advisory: string };

/**
 * Kills a process where it waits for a lock, in the middle of its transaction.
 * @param place.writing - Another table that it has to have written to in the same transaction.
 */
export async function killedAtLock(
  url: string,
  place: KillPlace & { readonly writing?: string },
  act: () => Promise<OtherProcess> | OtherProcess,
): Promise<void> {
  const blocker = new Client({ connectionString: url });
  await blocker.connect();
  if ('table' in place) {
    await blocker.query(`BEGIN; LOCK TABLE fieldseal.${place.table} IN SHARE MODE`);
  } else {
    await blocker.query('SELECT pg_advisory_lock($1::bigint)', [place.advisory]);
  }
  const which =
    'table' in place
      ? `w.relation = 'fieldseal.${place.table}'::regclass`
      : `w.locktype = 'advisory'`;
  const written =
    place.writing === undefined
      ? ''
      : `AND EXISTS (SELECT FROM pg_locks AS h WHERE h.pid = w.pid AND h.granted
AND h.mode = 'RowExclusiveLock' AND h.relation = 'fieldseal.${place.writing}'::regclass)`;
  const waiting = `SELECT FROM pg_locks AS w WHERE NOT w.granted AND ${which} ${written}`;
  const { child } = await act();
  await expect.poll(() => sql(url, waiting), { timeout: 20_000 }).toHaveLength(1);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  await blocker.end();
}
