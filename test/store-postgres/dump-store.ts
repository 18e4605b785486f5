import { sql } from './test-database.ts';

/** The tables of a key store as they were. */
export interface StoreDump {
  /** Puts them back, or only some of them, in one transaction, as a restore does. */
  restore(tables?: readonly string[]): Promise<void>;
}

/** Everything but the migrations, kept in the same database, which no keyring reads. */
export async function dumpStore(url: string): Promise<StoreDump> {
  const found = await sql(
    url,
    `SELECT tablename FROM pg_tables WHERE schemaname = 'fieldseal' AND tablename <> 'migration'`,
  );
  const all = found.map(({ tablename }) => String(tablename));
  const copies = all.map((name) => `CREATE TABLE dump.${name} AS TABLE fieldseal.${name};`);
  await sql(url, `BEGIN; CREATE SCHEMA dump; ${copies.join(' ')} COMMIT;`);
  return {
    async restore(tables = all) {
      const back = tables.map(
        (name) =>
          `DELETE FROM fieldseal.${name}; INSERT INTO fieldseal.${name} TABLE dump.${name};`,
      );
      await sql(url, `BEGIN; ${back.join(' ')} COMMIT;`);
    },
  };
}
