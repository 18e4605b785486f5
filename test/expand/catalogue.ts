import pg from 'pg';

/** Columns and indexes of a table, without what does not matter to a schema: their order. */
export async function catalogueOf(url: string, table: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ fact: string }>(
      `SELECT attname || ' ' || format_type(atttypid, atttypmod)
              || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
              || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '') AS fact
         FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
       UNION ALL
       SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
         FROM pg_index WHERE indrelid = $1::regclass
        ORDER BY fact`,
      [table],
    );
    return rows.map(({ fact }) => fact);
  } finally {
    await client.end();
  }
}
