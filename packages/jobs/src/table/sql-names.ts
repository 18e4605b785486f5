import { escapeIdentifier } from 'pg';

/** A name of the database, quoted. */
export const quoted: (name: string) => string = escapeIdentifier;

/** A table with its schema where the mapping names one; else the search path decides. */
export function tableName({ schema, table }: { schema?: string; table: string }): string {
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}
