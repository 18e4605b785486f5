export { migratePostgresStore } from './migrate-postgres-store.ts';
export type { MigrationRun } from './migration/run-migrations.ts';
export type {
  MigrateMode,
  PoolLike,
  PostgresConnectionOptions,
  PostgresStoreOptions,
  PostgresTarget,
} from './options/postgres-target.ts';
export { postgresStore } from './postgres-store.ts';
