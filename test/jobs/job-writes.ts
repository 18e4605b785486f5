import type pg from 'pg';

/** How often jobs have written each row of `people`, since they are counted. */
export interface JobWrites {
  of(id: number): number;
  all(): number;
}

/** Has PostgreSQL count what connections of jobs write; nothing before, and nothing of anybody else. */
export async function countJobWrites(sql: pg.Pool): Promise<() => Promise<JobWrites>> {
  await sql.query(`CREATE TABLE job_write (id int NOT NULL);
    CREATE FUNCTION note_job_write() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO job_write VALUES (NEW.id); RETURN NULL; END $$;
    CREATE TRIGGER note_job_write AFTER UPDATE ON people FOR EACH ROW
      WHEN (current_setting('application_name') = 'fieldseal-jobs') EXECUTE FUNCTION note_job_write()`);
  return async () => {
    const { rows } = await sql.query('SELECT id, count(*)::int AS n FROM job_write GROUP BY id');
    const counts = new Map(rows.map(({ id, n }) => [Number(id), Number(n)]));
    return {
      of: (id) => counts.get(id) ?? 0,
      all: () => [...counts.values()].reduce((sum, n) => sum + n, 0),
    };
  };
}
