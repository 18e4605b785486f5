import { FieldsealError } from '@fieldseal/core';
import { Client, type ClientConfig } from 'pg';

/** A row as the driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * The one connection of a job. Statements that are asked for while one runs wait their turn. Everything that it
 * throws is a `FieldsealError`.
 */
export interface Session {
  rows(text: string, values?: readonly unknown[]): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}

/** SQLSTATEs after which the same statement may succeed: lost races, limits, a lock that is held. */
const PASSING: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '57014']);

/** Whether a statement lost against another transaction and changed nothing. */
export function lostRace(error: unknown): boolean {
  return error instanceof FieldsealError && PASSING.has(error.meta.reason ?? '');
}

/** A connection that is lost or refused, a server that starts, has no room or has changed its role. */
const LOST = /^(CONNECTION|E[A-Z]+|08\w{3}|57P0[1-5]|53\w{3}|25006)$/;

export function isLostConnection({ code, meta }: FieldsealError): boolean {
  return code === 'ERR_DATABASE' && LOST.test(meta.reason ?? '');
}

/** Whether the server gave a statement up because it took too long, or somebody had it cancelled. */
export function timedOut(error: unknown): boolean {
  return error instanceof FieldsealError && error.meta.reason === '57014';
}

/** The server ends a statement first; a network that swallows everything, only the client notices. */
const NETWORK_MS = 15_000;

/**
 * @param statementTimeoutMs - No limit when absent.
 * @throws `ERR_DATABASE` when there is no connection
 */
export async function openSession(
  config: string | ClientConfig,
  statementTimeoutMs?: number,
): Promise<Session> {
  const given = typeof config === 'string' ? { connectionString: config } : config;
  const client = new Client({
    application_name: 'fieldseal-jobs',
    keepAlive: true,
    connectionTimeoutMillis: NETWORK_MS,
    ...given,
    ...(statementTimeoutMs === undefined
      ? {}
      : {
          statement_timeout: statementTimeoutMs,
          query_timeout: statementTimeoutMs + NETWORK_MS,
        }),
  });
  // a lost connection is found at its next statement; without a listener it would end the process
  client.on('error', () => {});
  try {
    await client.connect();
    // a policy that filters rows makes the statement fail: what is not seen must not count as not there
    await client.query('SET row_security = off');
  } catch (error) {
    await client.end().catch(() => {});
    throw fromDriver(error);
  }
  let turn: Promise<unknown> = Promise.resolve();

  async function ask(text: string, values: readonly unknown[]): Promise<readonly SqlRow[]> {
    try {
      const { rows } = await client.query<SqlRow>(text, [...values]);
      return rows;
    } catch (error) {
      throw fromDriver(error);
    }
  }

  return {
    rows(text, values = []) {
      const asked = turn.then(() => ask(text, values));
      turn = asked.catch(() => {});
      return asked;
    },
    close: () => client.end().catch(() => {}),
  };
}

/** The SQLSTATE, or the code of Node, that an error of the driver has. */
export function driverCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : undefined;
}

/** Only the code is kept: messages and details of PostgreSQL quote what they choked on. */
function fromDriver(error: unknown): FieldsealError {
  const { constraint } = (error ?? {}) as { constraint?: unknown };
  const reason = driverCode(error) ?? 'CONNECTION';
  const about = typeof constraint === 'string' ? { index: constraint } : {};
  return new FieldsealError('ERR_DATABASE', `The database refused a statement (${reason})`, {
    reason,
    ...about,
  });
}
