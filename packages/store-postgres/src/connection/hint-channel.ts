import type { Session } from './session.ts';

/** One channel for each store of a database; within PostgreSQL's 63 bytes for the longest schema. */
export function hintChannel(schema: string): string {
  return `${schema}_changed`;
}

/** Sent at commit; without payload, as everybody who may connect may listen. */
export async function notifyWatchers(session: Session, schema: string): Promise<void> {
  await session.rows('SELECT pg_catalog.pg_notify($1::text, $2::text)', [hintChannel(schema), '']);
}
