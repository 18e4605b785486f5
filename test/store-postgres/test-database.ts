import { Client } from 'pg';
import { startPostgres } from '../support/postgres.ts';

/** A new, empty database on the shared server: its URL. */
export async function freshDatabase(): Promise<string> {
  const server = await startPostgres();
  return server.createDatabase();
}

/** The same server and user, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

/** The same database, another user. */
export function userUrl(url: string, user: string, password: string): string {
  const other = new URL(url);
  other.username = user;
  other.password = password;
  return other.href;
}

/** Runs statements as the administrator of the server. */
export async function sql(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(text, [...values]);
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}

/** What a call failed with, to be looked at. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
