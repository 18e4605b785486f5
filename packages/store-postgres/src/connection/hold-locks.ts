import type { Client } from 'pg';
import { fromDriver } from '../errors/driver-error.ts';
import { createSession } from './session.ts';

/** How long a lock is kept while its holder uses other connections, or is gone without a word. */
const HOLD_MS = 30_000;

/**
 * Runs `work` while a connection of its own holds advisory locks to the end of its transaction. Another
 * connection than those that `work` uses, or a store with a single one would wait for itself; and a
 * transaction, since a pooler may give the next statement of a session to another connection.
 *
 * @throws `ERR_STORE_UNAVAILABLE` when a lock is not free in time, with `work` not begun
 */
export async function holdLocks<T>(
  options: {
    /** Not yet connected. */
    readonly client: Client;
    /** Begins the transaction and limits the wait for locks. */
    readonly begin: string;
    readonly deadlineMs: number;
    readonly locks: readonly string[];
  },
  work: () => Promise<T>,
): Promise<T> {
  const { client, begin, deadlineMs, locks } = options;
  const session = createSession(client, deadlineMs);
  try {
    await client.connect().catch((error: unknown) => {
      throw fromDriver(error);
    });
    await session.script(`${begin};\nSET LOCAL idle_in_transaction_session_timeout = ${HOLD_MS}`);
    for (const lock of locks) {
      await session.rows('SELECT pg_catalog.pg_advisory_xact_lock($1::bigint)', [lock]);
    }
    return await work();
  } finally {
    // the end of the connection ends the transaction, and what `work` came to does not hang on it
    client.end().catch(() => {});
  }
}
