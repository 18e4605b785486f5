import type { KeyStore } from '@fieldseal/core';
import { appendAudit, writeCheckpoint } from './audit/append-audit.ts';
import { readChain, readHead, readHeads, readLastUse } from './audit/read-audit.ts';
import { rotationLocks } from './connection/advisory-lock.ts';
import { createDatabase } from './connection/database.ts';
import { createHintListener } from './connection/hint-listener.ts';
import type { Session } from './connection/session.ts';
import { readControl, readControlHead, readEpoch, readTime } from './control/read-control.ts';
import { writeControl } from './control/write-control.ts';
import { lostRace } from './errors/driver-error.ts';
import { insertKeys } from './keys/insert-keys.ts';
import { listKeys } from './keys/list-keys.ts';
import { readKeys } from './keys/read-keys.ts';
import { replaceKeys } from './keys/replace-keys.ts';
import { type EmbeddedMigration, MIGRATIONS } from './migration/embedded-sql.ts';
import { runMigrations } from './migration/run-migrations.ts';
import { createSchemaGate, missingSchema } from './migration/schema-gate.ts';
import { MIGRATION_LIMITS } from './options/migration-settings.ts';
import type { PostgresStoreOptions, PostgresTarget } from './options/postgres-target.ts';
import { type StoreSettings, storeSettings } from './options/store-settings.ts';

const ATTEMPTS = 3;

/** @internal `migrations` are those of this package, except in tests of an update. */
export function openPostgresStore(
  settings: StoreSettings,
  migrations: readonly EmbeddedMigration[],
): KeyStore {
  const { schema } = settings;
  const database = createDatabase(settings, settings.maxConnections);
  const listener = createHintListener({ schema, client: database.client });

  async function migrate(): Promise<void> {
    const owner = createDatabase({ ...settings, ...MIGRATION_LIMITS }, 1);
    try {
      await runMigrations(owner, schema, migrations);
    } finally {
      await owner.close();
    }
  }

  const gate = createSchemaGate({
    session: database,
    schema,
    mode: settings.migrate,
    migrations,
    migrate,
  });

  /** PostgreSQL picks one of two transactions that wait for each other: that one starts again. */
  async function transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await database.transaction(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !lostRace(error)) throw error;
      }
    }
  }

  return {
    readControl: async () => ((await gate.openAnew()) ? readControl(database, schema) : null),
    readHead: async () => ((await gate.open()) ? readControlHead(database, schema) : null),
    readEpoch: async () => ((await gate.open()) ? readEpoch(database, schema) : null),
    async writeControl(change) {
      if (!(await gate.openFor(change))) throw missingSchema();
      return transaction((session) => writeControl(session, schema, change));
    },
    async withRotationLock(keyIds, work) {
      if (!(await gate.open())) throw missingSchema();
      return database.locked(rotationLocks(schema, keyIds), work);
    },
    async readKeys(selectors) {
      if (!(await gate.open())) throw missingSchema();
      return readKeys(database, schema, selectors);
    },
    async insertKeys(inserts) {
      if (!(await gate.open())) throw missingSchema();
      return transaction((session) => insertKeys(session, schema, inserts));
    },
    async listKeys(page) {
      if (!(await gate.open())) throw missingSchema();
      return listKeys(database, schema, page);
    },
    async replaceKeys(replacements) {
      if (!(await gate.open())) throw missingSchema();
      return transaction((session) => replaceKeys(session, schema, replacements));
    },
    async appendAudit(rows) {
      if (!(await gate.open())) throw missingSchema();
      await transaction((session) => appendAudit(session, schema, rows));
    },
    readAudit: async (page) =>
      (await gate.open()) ? readChain(database, schema, 'audit_entry', page) : [],
    readAuditHead: async (chain) =>
      (await gate.open()) ? readHead(database, schema, chain) : null,
    readAuditHeads: async (page) => ((await gate.open()) ? readHeads(database, schema, page) : []),
    readLastUse: async (use) => ((await gate.open()) ? readLastUse(database, schema, use) : null),
    async writeCheckpoint(row) {
      if (!(await gate.open())) throw missingSchema();
      return transaction((session) => writeCheckpoint(session, schema, row));
    },
    readCheckpoints: async (page) =>
      (await gate.open()) ? readChain(database, schema, 'audit_checkpoint', page) : [],
    readTime: () => readTime(database),
    watch: listener.watch,
    close() {
      listener.close();
      return database.close();
    },
  };
}

/**
 * The key store on PostgreSQL. It uses connections of its own only, opened on first use, so it may
 * be called while the application holds all of its own.
 *
 * @param target - A `postgresql://` URL, an application's `pg.Pool` (whose settings are taken over,
 * not its connections), or options.
 * @throws `ERR_CONFIG_INVALID` now; later, from its methods, `ERR_STORE_UNAVAILABLE`,
 * `ERR_STORE_SCHEMA`, `ERR_STORE_CONFLICT`, and `ERR_KEYRING_CLOSED` after `close`.
 *
 * @example
 * ```ts
 * import { postgresStore } from '@fieldseal/store-postgres';
 *
 * const store = postgresStore('postgresql://app:secret@localhost:5432/app');
 * console.log(await store.readEpoch()); // null: never initialised
 * await store.close();
 * ```
 */
export function postgresStore(target: PostgresTarget<PostgresStoreOptions>): KeyStore {
  return openPostgresStore(storeSettings(target), MIGRATIONS);
}
