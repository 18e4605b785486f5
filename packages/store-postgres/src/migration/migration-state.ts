import { FieldsealError } from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import { qualified } from '../rows/sql-table.ts';
import type { EmbeddedMigration } from './embedded-sql.ts';

/** What the store's tables are, compared with what this package knows. */
export type MigrationState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'outdated'; readonly version: number }
  /** At least as new: a later version only adds, so that processes can be updated one by one. */
  | { readonly kind: 'current'; readonly version: number };

const MISSING: ReadonlySet<string | undefined> = new Set(['3F000', '42P01']);

/**
 * Reads which migrations were applied and compares each with the one of the same number here.
 * @throws `ERR_STORE_SCHEMA` when one was applied in another form, or when numbers are missing.
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
  const kind = applied.length < migrations.length ? 'outdated' : 'current';
  return { kind, version: applied.length };
}

async function appliedMigrations(session: Session, schema: string) {
  try {
    return await session.rows(
      `SELECT version::text AS version, checksum FROM ${qualified(schema, 'migration')} ORDER BY migration.version`,
    );
  } catch (error) {
    if (error instanceof FieldsealError && MISSING.has(error.meta.reason)) return null;
    throw error;
  }
}
