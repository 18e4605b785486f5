import { FieldsealError } from '@fieldseal/core';
import type { Table } from '../table/read-table.ts';
import type { Session } from '../table/session.ts';

/**
 * Keeps named triggers from firing, on this connection only. PostgreSQL can do that for all triggers
 * of a session or for none, so all of the table have to be named; those that are ENABLE ALWAYS fire all the same.
 *
 * @throws `ERR_JOB_REFUSED` for a name that is no such trigger, for a trigger that is not named or would
 * fire only now, and when the database user may not do it
 */
export async function skipTriggers(
  session: Session,
  { name: table, triggers, replicaTriggers }: Table,
  named: readonly string[],
): Promise<void> {
  if (named.length === 0) return;
  const unknown = named.find((name) => !triggers.includes(name));
  if (unknown !== undefined) {
    const there = triggers.length === 0 ? 'none' : triggers.join(', ');
    throw refused(
      table,
      `there is no trigger ${unknown} that an UPDATE fires and a session can skip; there are: ${there}`,
    );
  }
  const others = triggers.filter((name) => !named.includes(name));
  if (others.length > 0) {
    throw refused(table, `these would not fire either, so name them too: ${others.join(', ')}`);
  }
  if (replicaTriggers.length > 0) {
    throw refused(
      table,
      `these are ENABLE REPLICA and would fire then: ${replicaTriggers.join(', ')}`,
    );
  }
  try {
    await session.rows(`SET session_replication_role = 'replica'`);
  } catch (error) {
    const denied = error instanceof FieldsealError && error.meta.reason === '42501';
    if (!denied) throw error;
    throw refused(
      table,
      'the database user may not skip triggers: GRANT SET ON PARAMETER session_replication_role',
    );
  }
}

function refused(table: string, why: string): FieldsealError {
  return new FieldsealError('ERR_JOB_REFUSED', `${table}: ${why}`, { table });
}
