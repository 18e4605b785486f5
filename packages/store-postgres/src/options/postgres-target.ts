/**
 * What is used of a `pg.Pool`: its options. The pool itself is never asked for a connection, so the
 * application may hold all of them.
 */
export interface PoolLike {
  readonly options: object;
  connect(): unknown;
}

/** When the store makes or updates its tables by itself. */
export type MigrateMode =
  /** Only a store that is stamped `development: true`, when it is made and later. */
  | 'development'
  /** On first use, whatever the store is. */
  | 'always'
  | 'never';

/** Where the key store is. Exactly one of `connectionString` and `pool`. */
export interface PostgresConnectionOptions {
  /** `postgresql://user:password@host:5432/database`; a setting in the URL wins over an option. */
  readonly connectionString?: string;
  /** An application's pool, for its settings; see {@link PoolLike}. */
  readonly pool?: PoolLike;
  /**
   * Schema of the tables: 1 to 48 characters `[a-z0-9_]`, not starting with a digit.
   * @defaultValue `'fieldseal'`
   */
  readonly schema?: string;
  /**
   * Shown in `pg_stat_activity`, 1 to 63 printable ASCII characters.
   * @defaultValue `'fieldseal'`
   */
  readonly applicationName?: string;
  /**
   * Longest wait for a connection, in milliseconds, 100 to 600,000.
   * @defaultValue 5,000
   */
  readonly connectTimeoutMs?: number;
  /**
   * Longest wait for a lock that another transaction holds, in milliseconds, 10 to 600,000.
   * @defaultValue 3,000 in the store, 30,000 in migrations
   */
  readonly lockTimeoutMs?: number;
  /**
   * Longest time for one statement, in milliseconds, 10 to 600,000.
   * @defaultValue 5,000 in the store, 60,000 in migrations
   */
  readonly statementTimeoutMs?: number;
}

/** Options of `postgresStore`. */
export interface PostgresStoreOptions extends PostgresConnectionOptions {
  /** @defaultValue `'development'` */
  readonly migrate?: MigrateMode;
  /**
   * Connections for statements, 1 to 20, opened on demand and closed after 10 s of idleness; one
   * more listens while somebody watches.
   * @defaultValue 2
   */
  readonly maxConnections?: number;
}

/** A connection string, an application's pool, or options. */
export type PostgresTarget<Options> = string | PoolLike | Options;
