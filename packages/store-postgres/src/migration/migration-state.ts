import { FieldsealError } from '@fieldseal/core';
import type { Session, SqlRow } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import { qualified } from '../rows/sql-table.ts';
import type { EmbeddedMigration } from './embedded-sql.ts';

/** What the store's tables are, compared with what this package knows. */
export type MigrationState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'outdated'; readonly version: number }
  /** As new as this package, or newer and marked as serving it. */
  | { readonly kind: 'current'; readonly version: number };

const MISSING: ReadonlySet<string | undefined> = new Set(['3F000', '42P01']);

/**
 * Reads which migrations were applied and compares each with the one of the same number here. Those
 * that are not known here have to say, each of them, that they serve a library of this age.
 * @throws `ERR_STORE_SCHEMA` when one was applied in another form, when numbers are missing, or when
 * the tables are newer than this package may use.
 */
export async function readMigrationState(
  session: Session,
  schema: string,
  migrations: readonly EmbeddedMigration[],
): Promise<MigrationState> {
  const applied = await appliedMigrations(session, schema);
  if (applied === null || applied.length === 0) return { kind: 'missing' };
  for (const [i, { version, checksum }] of applied.entries()) {
    const known = migrations[i];
    if (version !== String(i + 1) || (known !== undefined && checksum !== known.checksum)) {
      throw schemaError(
        'The key store was migrated with other SQL than this version has',
        'CHECKSUM',
      );
    }
  }
  const later = applied.slice(migrations.length);
  if (later.some((migration) => !servesLibrary(migration, migrations.length))) {
    throw tooNew(applied.length, migrations.length);
  }
  const kind = applied.length < migrations.length ? 'outdated' : 'current';
  return { kind, version: applied.length };
}

/** What the ledger does not say in the form that is known here counts as a refusal. */
function servesLibrary(migration: SqlRow, known: number): boolean {
  const { serves_from: servesFrom } = migration;
  if (typeof servesFrom !== 'string' || !/^[1-9][0-9]{0,8}$/.test(servesFrom)) return false;
  return Number(servesFrom) <= known;
}

function tooNew(version: number, known: number): Error {
  return schemaError(
    `The key store is at migration ${version} and this library knows ${known}: ` +
      'update @fieldseal/store-postgres in this process, or restore the database of before the migration',
    'NEWER',
  );
}

async function appliedMigrations(session: Session, schema: string) {
  try {
    return await session.rows(
      `SELECT version::text AS version, checksum, serves_from::text AS serves_from
FROM ${qualified(schema, 'migration')} ORDER BY migration.version`,
    );
  } catch (error) {
    if (error instanceof FieldsealError && MISSING.has(error.meta.reason)) return null;
    throw error;
  }
}
