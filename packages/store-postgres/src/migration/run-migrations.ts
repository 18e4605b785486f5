import { migrationLock } from '../connection/advisory-lock.ts';
import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import { qualified } from '../rows/sql-table.ts';
import { type EmbeddedMigration, ROLES_SQL } from './embedded-sql.ts';
import { readMigrationState } from './migration-state.ts';

const ROLE_NAMES: readonly string[] = ['fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor'];

/** What a migration did and found. */
export interface MigrationRun {
  /** Version of the tables now. */
  readonly version: number;
  /** File names of what was applied by this call, in order. */
  readonly applied: readonly string[];
  /** Of `fieldseal_app`, `fieldseal_admin` and `fieldseal_auditor`, those that the server lacks. */
  readonly missingRoles: readonly string[];
}

/** Puts the schema's name, checked to be `[a-z0-9_]`, where psql would put a variable. */
function withSchema(sql: string, schema: string): string {
  return sql.replaceAll(':"schema"', `"${schema}"`).replaceAll(":'schema'", `'${schema}'`);
}

async function refuseUnsuitable(session: Session, schema: string): Promise<boolean> {
  const [found] = await session.rows(
    `SELECT pg_catalog.current_setting('server_encoding') AS encoding,
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1::text)::text AS schemas,
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c
 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1::text)::text AS relations,
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c
 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1::text AND c.relname = 'migration')::text AS migrations`,
    [schema],
  );
  if (found?.encoding !== 'UTF8') {
    throw schemaError('The key store needs a database with encoding UTF8', 'ENCODING');
  }
  if (found.relations !== '0' && found.migrations === '0') {
    throw schemaError('The schema has tables that are not of a key store', 'FOREIGN');
  }
  return found.schemas !== '0';
}

async function createLedger(session: Session, schema: string, exists: boolean): Promise<void> {
  // IF NOT EXISTS would ask for the right to create schemas although an administrator made this one.
  if (!exists) await session.script(`CREATE SCHEMA "${schema}"`);
  await session.script(`CREATE TABLE IF NOT EXISTS ${qualified(schema, 'migration')} (
  version     integer PRIMARY KEY CHECK (version > 0),
  name        text    NOT NULL,
  checksum    text    NOT NULL,
  serves_from integer NOT NULL CHECK (serves_from BETWEEN 1 AND version),
  applied_at  timestamptz NOT NULL DEFAULT pg_catalog.now()
)`);
}

async function apply(
  session: Session,
  schema: string,
  migration: EmbeddedMigration,
): Promise<void> {
  await session.script(withSchema(migration.sql, schema));
  await session.rows(
    `INSERT INTO ${qualified(schema, 'migration')} (version, name, checksum, serves_from)
VALUES ($1::integer, $2::text, $3::text, $4::integer)`,
    [migration.version, migration.name, migration.checksum, migration.servesFrom],
  );
}

async function missingRoles(session: Session): Promise<readonly string[]> {
  const rows = await session.rows(
    'SELECT rolname::text AS name FROM pg_catalog.pg_roles WHERE rolname = ANY ($1::text[])',
    [ROLE_NAMES],
  );
  const found = new Set(rows.map(({ name }) => name));
  return ROLE_NAMES.filter((name) => !found.has(name));
}

/**
 * Brings the tables to the newest of `migrations`, in one transaction: two processes at once end
 * with one set of tables, and a failure leaves what was there.
 */
export function runMigrations(
  database: Database,
  schema: string,
  migrations: readonly EmbeddedMigration[],
): Promise<MigrationRun> {
  return database.transaction(async (session) => {
    await session.rows('SELECT pg_catalog.pg_advisory_xact_lock($1::bigint)', [
      migrationLock(schema),
    ]);
    const exists = await refuseUnsuitable(session, schema);
    await createLedger(session, schema, exists);
    const state = await readMigrationState(session, schema, migrations);
    const before = state.kind === 'missing' ? 0 : state.version;
    const pending = migrations.slice(before);
    for (const migration of pending) await apply(session, schema, migration);
    // A later version of this package has set the rights of its own tables: they stay.
    if (before <= migrations.length) await session.script(withSchema(ROLES_SQL, schema));
    return {
      version: Math.max(before, migrations.length),
      applied: pending.map(({ name }) => name),
      missingRoles: await missingRoles(session),
    };
  });
}
