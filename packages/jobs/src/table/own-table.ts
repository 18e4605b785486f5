import { FieldsealError } from '@fieldseal/core';
import type { Session } from './session.ts';

const OWNED = `
SELECT format('%I.%I', n.nspname, c.relname) AS "name", pg_has_role(c.relowner, 'USAGE') AS "isOwner"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`;

/**
 * The whole name of a table, of which the database user has to be the owner or in the owner's role.
 * @param table - Quoted; the search path decides where it has no schema.
 * @throws `ERR_JOB_REFUSED`
 */
export async function ownTable(session: Session, table: string): Promise<string> {
  const [found] = await session.rows(OWNED, [table]);
  if (found?.isOwner === true) return String(found.name);
  const message = `${table}: the job makes a trigger there, so it needs the database user that owns the table`;
  throw new FieldsealError('ERR_JOB_REFUSED', message, { table });
}
