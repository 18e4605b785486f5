import type { FieldCodecOptions, KeyringOptions, Manifest } from '@fieldseal/core';
import type { ClientConfig } from 'pg';

/** What `fieldseal.config.ts` says: where keys, data and manifest are. */
export interface FieldsealConfig
  extends Pick<FieldCodecOptions, 'normalizers' | 'partFunctions' | 'legacy'> {
  /** As for `openKeyring`. For `init` the pin is not there yet. */
  readonly keyring: KeyringOptions;
  /** The application's database: a URL or settings of `pg`. */
  readonly database: string | ClientConfig;
  /** What the Prisma generator wrote, or `fieldsealOf(dataSource).manifest` of the TypeORM adapter. */
  readonly manifest: Manifest;
  /**
   * How long jobs wait until every process has heard of a change, or has stopped sealing: 0 to 3,600,000 ms. Shorter
   * than the default only where the `cache.sealStaleMs` of every process is: that, and 20 s.
   * @defaultValue 200000
   */
  readonly settleMs?: number;
}

/**
 * Gives `fieldseal.config.ts` its types.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'fieldseal';
 * import { devFileRoot } from '@fieldseal/core/node';
 * import { postgresStore } from '@fieldseal/store-postgres';
 *
 * const database = process.env.DATABASE_URL ?? 'postgresql://localhost/app';
 *
 * const config = defineConfig({
 *   keyring: {
 *     store: postgresStore(database),
 *     roots: [devFileRoot()],
 *     environment: 'dev',
 *     development: true,
 *   },
 *   database,
 *   manifest,
 * });
 * // export default config;
 * ```
 */
export function defineConfig(config: FieldsealConfig): FieldsealConfig {
  return config;
}
