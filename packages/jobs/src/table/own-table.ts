import { FieldsealError } from '@fieldseal/core';
import type { Session } from './session.ts';

/** A user that owns a table passes its policies, unless they are forced. */
const OWNED = `
SELECT format('%I.%I', n.nspname, c.relname) AS "name", pg_has_role(c.relowner, 'USAGE') AS "isOwner",
       c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_inherits WHERE c.oid IN (inhparent, inhrelid)) AS "isAlone",
       row_security_active(c.oid) AS "isFiltered"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`;

/**
 * The whole name of a table, of which the database user has to be the owner or in the owner's role, and which
 * it sees all rows of.
 * @param table - Quoted; the search path decides where it has no schema.
 * @throws `ERR_JOB_REFUSED`, also for a view, and for a table that is partitioned, a partition, or inherits
 */
export async function ownTable(session: Session, table: string): Promise<string> {
  const [found] = await session.rows(OWNED, [table]);
  if (found?.isOwner !== true)
    throw refused(
      table,
      'the job makes a trigger there, so it needs the database user that owns the table',
    );
  if (found.isAlone !== true)
    throw refused(
      table,
      'the job makes a trigger there, which a view, a partitioned table or one that inherits does not take as a whole',
    );
  if (found.isFiltered === true)
    throw refused(
      table,
      'FORCE ROW LEVEL SECURITY hides rows from the trigger that the job makes: end it, or use a database user with BYPASSRLS',
    );
  return String(found.name);
}

function refused(table: string, why: string): FieldsealError {
  return new FieldsealError('ERR_JOB_REFUSED', `${table}: ${why}`, { table });
}
