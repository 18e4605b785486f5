import type { ClientBase, QueryResult } from 'pg';
import { fromDriver, TIMED_OUT, unavailable } from '../errors/driver-error.ts';

/** Every column is selected as text, so no parser of an application can change what is read. */
export type SqlRow = Readonly<Record<string, string | null>>;
export type SqlValue = string | number | readonly (string | null)[] | null;

/** One connection, for as long as it is lent. Everything that it throws is a `FieldsealError`. */
export interface Session {
  /** Runs one statement. */
  rows(text: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Runs several statements without parameters in one round trip: the rows of each. */
  script(text: string): Promise<readonly (readonly SqlRow[])[]>;
}

/** A client, and whether it may serve again after what happened on it. */
export interface OpenSession extends Session {
  readonly isBroken: () => boolean;
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(TIMED_OUT)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param deadlineMs - Longest wait for an answer. The server has a shorter limit of its own where
 * a transaction sets it; this one is for servers that are gone without a word.
 */
export function createSession(client: ClientBase, deadlineMs: number): OpenSession {
  let broken = false;

  async function run(
    text: string,
    values: readonly SqlValue[],
  ): Promise<QueryResult<SqlRow> | readonly QueryResult<SqlRow>[]> {
    try {
      // With parameters pg speaks the extended protocol, which takes one statement only.
      const sent = values.length === 0 ? client.query(text) : client.query(text, [...values]);
      return await within(sent, deadlineMs);
    } catch (error) {
      const known = fromDriver(error);
      if (known.code === 'ERR_STORE_UNAVAILABLE') broken = true;
      throw known;
    }
  }

  return {
    isBroken: () => broken,
    async rows(text, values = []) {
      const answer = await run(text, values);
      return 'rows' in answer ? answer.rows : [];
    },
    async script(text) {
      const answer = await run(text, []);
      return 'rows' in answer ? [answer.rows] : answer.map((result) => result.rows);
    },
  };
}
