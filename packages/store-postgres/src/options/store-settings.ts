import {
  CONNECTION_OPTIONS,
  type ConnectionSettings,
  connectionSettings,
  integerOption,
  invalidOption,
  toOptions,
} from './connection-settings.ts';
import type { MigrateMode, PostgresStoreOptions, PostgresTarget } from './postgres-target.ts';

export interface StoreSettings extends ConnectionSettings {
  readonly migrate: MigrateMode;
  readonly maxConnections: number;
}

const KNOWN: ReadonlySet<string> = new Set([...CONNECTION_OPTIONS, 'migrate', 'maxConnections']);

/** @throws `ERR_CONFIG_INVALID` */
export function storeSettings(target: PostgresTarget<PostgresStoreOptions>): StoreSettings {
  const options = toOptions(target, KNOWN);
  const { migrate = 'development' } = options;
  if (!['development', 'always', 'never'].includes(migrate)) {
    throw invalidOption('migrate', 'migrate must be development, always or never');
  }
  return {
    ...connectionSettings(options, { lockTimeoutMs: 3000, statementTimeoutMs: 5000 }),
    migrate,
    maxConnections: integerOption('maxConnections', options.maxConnections, {
      min: 1,
      max: 20,
      default: 2,
    }),
  };
}
