import { createDatabase } from './connection/database.ts';
import { MIGRATIONS } from './migration/embedded-sql.ts';
import { type MigrationRun, runMigrations } from './migration/run-migrations.ts';
import { migrationSettings } from './options/migration-settings.ts';
import type { PostgresConnectionOptions, PostgresTarget } from './options/postgres-target.ts';

/**
 * Creates or updates the tables, and sets the rights of the roles `fieldseal_app`,
 * `fieldseal_admin` and `fieldseal_auditor`. Safe to call at once from many processes and again at
 * any time; everything happens in one transaction.
 *
 * The user needs the right to create the schema, or to own an empty one. Without the right to create
 * roles the migration succeeds and names the missing ones: let an administrator create them
 * (`CREATE ROLE fieldseal_app NOLOGIN`), then call this once more.
 *
 * @returns the version of the tables, the files applied by this call, and the roles that are missing.
 * @throws `ERR_CONFIG_INVALID`; `ERR_STORE_UNAVAILABLE`; `ERR_STORE_SCHEMA` when the tables were
 * made by other SQL or are newer than this package, the schema holds something else, the database is
 * not UTF8, or a right is missing.
 *
 * @example
 * ```ts
 * import { migratePostgresStore } from '@fieldseal/store-postgres';
 *
 * const { applied, missingRoles } = await migratePostgresStore('postgresql://owner@localhost/app');
 * console.log(applied, missingRoles);
 * ```
 */
export async function migratePostgresStore(
  target: PostgresTarget<PostgresConnectionOptions>,
): Promise<MigrationRun> {
  const settings = migrationSettings(target);
  const database = createDatabase(settings, 1);
  try {
    return await runMigrations(database, settings.schema, MIGRATIONS);
  } finally {
    await database.close();
  }
}
