import type { Client } from 'pg';

/** One column of a table, as the catalogue has it. */
export interface StoredColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Every column that there is: one that is added later is changed as well. */
export async function columnsOfSchema(
  client: Client,
  schema = 'fieldseal',
): Promise<readonly StoredColumn[]> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema = $1 ORDER BY table_name, ordinal_position`,
    [schema],
  );
  return rows.map((row) => ({
    table: row.table_name ?? '',
    column: row.column_name ?? '',
    type: row.data_type ?? '',
    nullable: row.is_nullable === 'YES',
  }));
}

/** Another value of the same type. */
const OTHER: Readonly<Record<string, (column: string) => string>> = {
  uuid: () => `'00000000-0000-4000-8000-0000000000ff'::uuid`,
  integer: (c) => `coalesce(${c}, 0) + 1000`,
  bigint: (c) => `coalesce(${c}, 0) + 1000`,
  boolean: (c) => `NOT coalesce(${c}, false)`,
  text: (c) => `coalesce(${c}, '') || 'x'`,
  bytea: (c) => `coalesce(set_byte(${c}, 0, get_byte(${c}, 0) # 1), '\\x01')`,
  'timestamp with time zone': (c) => `${c} + interval '1 second'`,
};

/** What a column is changed to: each an expression of SQL. */
export function changesOf({ column, type, nullable }: StoredColumn): readonly string[] {
  const other = OTHER[type];
  if (other === undefined) throw new RangeError(`No other value of the type ${type}`);
  return nullable ? [other(`"${column}"`), 'NULL'] : [other(`"${column}"`)];
}

/**
 * Runs something while one column of one row has another value.
 * @returns `undefined` when the database refused the change, or it changed nothing
 */
export async function whileChanged<Result>(
  client: Client,
  change: {
    readonly table: string;
    readonly column: string;
    readonly to: string;
    /** Condition that names the row. */
    readonly where: string;
  },
  look: () => Promise<Result>,
): Promise<Result | undefined> {
  const { table, column, to, where } = change;
  await client.query('DROP TABLE IF EXISTS kept');
  await client.query(
    `CREATE TEMPORARY TABLE kept AS SELECT * FROM fieldseal."${table}" WHERE ${where}`,
  );
  const done = await client
    .query<{ at: string }>(
      `UPDATE fieldseal."${table}" SET "${column}" = ${to}
WHERE ${where} AND "${column}" IS DISTINCT FROM (${to}) RETURNING ctid::text AS at`,
    )
    .catch((error: { readonly code?: string }) => {
      if (error.code === '23514') return { rows: [] };
      throw error;
    });
  if (done.rows.length === 0) return undefined;
  if (done.rows.length > 1) throw new RangeError(`More than one row of ${table}`);
  try {
    return await look();
  } finally {
    await client.query(`DELETE FROM fieldseal."${table}" WHERE ctid = '${done.rows[0]?.at}'::tid`);
    await client.query(`INSERT INTO fieldseal."${table}" SELECT * FROM kept`);
  }
}
