import {
  CONNECTION_OPTIONS,
  type ConnectionSettings,
  connectionSettings,
  toOptions,
} from './connection-settings.ts';
import type { PostgresConnectionOptions, PostgresTarget } from './postgres-target.ts';

/** Tables may have to wait for a backup that reads them, and roles for other databases. */
export const MIGRATION_LIMITS = { lockTimeoutMs: 30_000, statementTimeoutMs: 60_000 } as const;

const KNOWN: ReadonlySet<string> = new Set(CONNECTION_OPTIONS);

/** @throws `ERR_CONFIG_INVALID` */
export function migrationSettings(
  target: PostgresTarget<PostgresConnectionOptions>,
): ConnectionSettings {
  return connectionSettings(toOptions(target, KNOWN), MIGRATION_LIMITS);
}
