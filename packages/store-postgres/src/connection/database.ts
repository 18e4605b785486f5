import type { Duplex } from 'node:stream';
import { FieldsealError } from '@fieldseal/core';
import { Client, type ClientConfig, Pool } from 'pg';
import { fromDriver } from '../errors/driver-error.ts';
import type { ConnectionSettings } from '../options/connection-settings.ts';
import { holdLocks } from './hold-locks.ts';
import { trackSockets } from './open-sockets.ts';
import { createSession, type OpenSession, type Session } from './session.ts';

/** The store's own connections. */
export interface Database extends Session {
  /** Runs `work` in one READ COMMITTED transaction: all of it or, when it throws, nothing. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Runs `work`, on any connections, while one outside the pool holds these advisory locks. */
  locked<T>(locks: readonly string[], work: () => Promise<T>): Promise<T>;
  /** A connection outside the pool that does not keep the process alive, not yet connected. */
  client(): Client;
  /**
   * Lets statements that run end, for {@link CLOSE_GRACE_MS}; then cuts all connections, also those
   * that are still being made. Idempotent.
   */
  close(): Promise<void>;
}

const IDLE_MS = 10_000;
const KEEP_ALIVE_DELAY_MS = 10_000;
const CLOSE_GRACE_MS = 1000;
/** How much longer than the server's own limit a silent server is waited for. */
const GRACE_MS = 1000;

function ignore(): void {
  // A lost connection is found at its next statement; without a listener it would end the process.
}

function clientConfig(settings: ConnectionSettings, stream: () => Duplex): ClientConfig {
  return {
    ...settings.client,
    stream,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    // Parsers set for the whole process by an application (pg.types) must not reach the store.
    types: { getTypeParser: () => (value: unknown) => value },
  };
}

/**
 * Isolation and limits are those of the transaction, whatever the user's defaults are, and are set
 * inside it: a pooler in transaction mode passes no start-up parameters on. A commit that the
 * server only promises to write would lose a data key that has already sealed values.
 */
function begin(settings: ConnectionSettings): string {
  const { lockTimeoutMs, statementTimeoutMs } = settings;
  return `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = ${lockTimeoutMs};
SET LOCAL statement_timeout = ${statementTimeoutMs};
SET LOCAL idle_in_transaction_session_timeout = ${statementTimeoutMs};
SELECT pg_catalog.set_config('synchronous_commit', 'on', true)
  WHERE pg_catalog.current_setting('synchronous_commit') = 'off'`;
}

/** Opens connections when they are needed, at most `maxConnections`. */
export function createDatabase(settings: ConnectionSettings, maxConnections: number): Database {
  const deadlineMs = settings.statementTimeoutMs + GRACE_MS;
  const sockets = trackSockets(settings.client.stream);
  const config = clientConfig(settings, sockets.open);
  const pool = new Pool({
    ...config,
    max: maxConnections,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
  });
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  let closed: Promise<void> | undefined;

  function requireOpen(): void {
    if (closed === undefined) return;
    throw new FieldsealError('ERR_KEYRING_CLOSED', 'The key store is closed');
  }

  function client(): Client {
    const made = new Client(config);
    made.on('error', ignore);
    return made;
  }

  async function lend<T>(work: (session: OpenSession) => Promise<T>): Promise<T> {
    requireOpen();
    const lent = await pool.connect().catch((error: unknown) => {
      throw fromDriver(error);
    });
    const session = createSession(lent, deadlineMs);
    let failed = true;
    try {
      const result = await work(session);
      failed = false;
      return result;
    } finally {
      // A script may have failed inside its own transaction, so only a clean client is kept.
      lent.release(failed || session.isBroken());
    }
  }

  async function end(): Promise<void> {
    const cut = setTimeout(sockets.destroyAll, CLOSE_GRACE_MS);
    await pool.end();
    clearTimeout(cut);
    // Of a listener, or of a connection that was given up.
    sockets.destroyAll();
  }

  return {
    rows: (text, values) => lend((session) => session.rows(text, values)),
    script: (text) => lend((session) => session.script(text)),
    transaction: (work) =>
      lend(async (session) => {
        await session.script(begin(settings));
        // When this throws the connection is closed, which rolls back.
        const result = await work(session);
        await session.rows('COMMIT');
        return result;
      }),
    async locked(locks, work) {
      requireOpen();
      return holdLocks({ client: client(), begin: begin(settings), deadlineMs, locks }, work);
    },
    client,
    close() {
      closed ??= end();
      return closed;
    },
  };
}
