import type pg from 'pg';

async function tablesOf(sql: pg.Pool, schema: string): Promise<readonly string[]> {
  const { rows } = await sql.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
    schema,
  ]);
  return rows.map(({ tablename }) => tablename);
}

/**
 * What a database administrator would do with the tools of PostgreSQL: copies the key store.
 * @returns brings the copy back
 */
export async function backUp(sql: pg.Pool): Promise<() => Promise<void>> {
  await sql.query('CREATE SCHEMA backup');
  for (const table of await tablesOf(sql, 'fieldseal')) {
    await sql.query(`CREATE TABLE backup.${table} AS TABLE fieldseal.${table}`);
  }
  return async () => {
    for (const table of await tablesOf(sql, 'backup')) {
      await sql.query(`DELETE FROM fieldseal.${table}`);
      await sql.query(`INSERT INTO fieldseal.${table} TABLE backup.${table}`);
    }
  };
}
