import type { ControlChange } from '@fieldseal/core';
import type { Session } from '../connection/session.ts';
import { schemaError } from '../errors/driver-error.ts';
import type { MigrateMode } from '../options/postgres-target.ts';
import { qualified } from '../rows/sql-table.ts';
import type { EmbeddedMigration } from './embedded-sql.ts';
import { type MigrationState, readMigrationState } from './migration-state.ts';

/** Lets calls through to tables that are as this package expects them. */
export interface SchemaGate {
  /** `false`: there are no tables, and making them is left to the first write of a development store. */
  open(): Promise<boolean>;
  /** As {@link SchemaGate.open}, and asks again what the tables are: a newer package may have migrated them. */
  openAnew(): Promise<boolean>;
  /** As {@link SchemaGate.open}, and makes the tables when this change initialises a development store. */
  openFor(change: ControlChange): Promise<boolean>;
}

/** The stamp is in the first change of a store, and in its store key ever after. */
function initialisesDevelopment({ expectedEpoch, put }: ControlChange): boolean {
  return (
    expectedEpoch === null &&
    put.some((row) => row.table === 'store_key' && row.columns.development === true)
  );
}

async function isStampedDevelopment(session: Session, schema: string): Promise<boolean> {
  const rows = await session.rows(
    `SELECT development::text AS development FROM ${qualified(schema, 'store_key')}`,
  );
  return rows.length > 0 && rows.every(({ development }) => development === 'true');
}

export function missingSchema(): Error {
  return schemaError('The key store has no tables: run migratePostgresStore', 'MISSING');
}

export function createSchemaGate(options: {
  readonly session: Session;
  readonly schema: string;
  readonly mode: MigrateMode;
  readonly migrations: readonly EmbeddedMigration[];
  readonly migrate: () => Promise<unknown>;
}): SchemaGate {
  const { session, schema, mode, migrations, migrate } = options;
  let passed = false;
  let running: Promise<boolean> | undefined;

  async function mayMigrate({ kind }: MigrationState): Promise<boolean> {
    if (mode === 'never') return false;
    if (mode === 'always') return true;
    return kind === 'outdated' && (await isStampedDevelopment(session, schema));
  }

  function outdated(): Error {
    return schemaError('The key store needs newer tables: run migratePostgresStore', 'OUTDATED');
  }

  async function check(): Promise<boolean> {
    const state = await readMigrationState(session, schema, migrations);
    if (state.kind === 'current') return true;
    if (await mayMigrate(state)) {
      await migrate();
      return true;
    }
    if (state.kind === 'outdated') throw outdated();
    if (mode === 'never') throw missingSchema();
    return false;
  }

  async function open(): Promise<boolean> {
    if (passed) return true;
    running ??= check().finally(() => {
      running = undefined;
    });
    passed = await running;
    return passed;
  }

  async function openAnew(): Promise<boolean> {
    if (!passed) return open();
    const { kind } = await readMigrationState(session, schema, migrations);
    // under an open store tables may vanish or be put back from a backup: that is for a person to mend
    if (kind === 'missing') throw missingSchema();
    if (kind === 'outdated') throw outdated();
    return true;
  }

  return {
    open,
    openAnew,
    async openFor(change) {
      if (await open()) return true;
      if (!initialisesDevelopment(change)) return false;
      await migrate();
      return open();
    },
  };
}
