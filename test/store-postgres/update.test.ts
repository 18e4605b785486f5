import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../packages/store-postgres/src/connection/database.ts';
import {
  type EmbeddedMigration,
  MIGRATIONS,
} from '../../packages/store-postgres/src/migration/embedded-sql.ts';
import { runMigrations } from '../../packages/store-postgres/src/migration/run-migrations.ts';
import type { MigrateMode } from '../../packages/store-postgres/src/options/postgres-target.ts';
import { storeSettings } from '../../packages/store-postgres/src/options/store-settings.ts';
import { openPostgresStore } from '../../packages/store-postgres/src/postgres-store.ts';
import { head, oneOfEach } from '../conformance/sample-rows.ts';
import { freshDatabase, sql } from './test-database.ts';

const ADDED = 'CREATE TABLE :"schema".later (id integer PRIMARY KEY);\n';

/** What the next release of the package might bring. */
const NEXT: readonly EmbeddedMigration[] = [
  ...MIGRATIONS,
  {
    version: MIGRATIONS.length + 1,
    name: '0099_later.sql',
    checksum: createHash('sha256').update(ADDED).digest('hex'),
    sql: ADDED,
  },
];

function open(url: string, migrate: MigrateMode, migrations: readonly EmbeddedMigration[]) {
  return openPostgresStore(storeSettings({ connectionString: url, migrate }), migrations);
}

async function initialised(development: boolean): Promise<string> {
  const url = await freshDatabase();
  const store = open(url, 'always', MIGRATIONS);
  const put = oneOfEach().map((row) =>
    row.table === 'store_key' ? { ...row, columns: { ...row.columns, development } } : row,
  );
  expect(await store.writeControl({ expectedEpoch: null, put, remove: [], head: head(1n) })).toBe(
    true,
  );
  await store.close();
  return url;
}

const ledger = (url: string) => sql(url, 'SELECT name FROM fieldseal.migration ORDER BY version');
const names = (migrations: readonly EmbeddedMigration[]) =>
  migrations.map(({ name }) => ({ name }));

describe('tables of the release before', () => {
  it.each<[boolean, MigrateMode]>([
    [true, 'development'],
    [true, 'always'],
    [false, 'always'],
  ])(
    'of a store stamped development: %s are updated with migrate: %s',
    async (development, mode) => {
      const url = await initialised(development);
      const store = open(url, mode, NEXT);
      expect(await store.readEpoch()).toBe(1n);
      expect(await ledger(url)).toEqual(names(NEXT));
      await store.close();
    },
  );

  it.each<[boolean, MigrateMode]>([
    [false, 'development'],
    [false, 'never'],
    [true, 'never'],
  ])(
    'of a store stamped development: %s are refused with migrate: %s',
    async (development, mode) => {
      const url = await initialised(development);
      const store = open(url, mode, NEXT);
      for (const call of [store.readControl, store.readEpoch, () => store.insertKeys([])]) {
        await expect(call()).rejects.toMatchObject({
          code: 'ERR_STORE_SCHEMA',
          meta: { reason: 'OUTDATED' },
        });
      }
      expect(await ledger(url)).toEqual(names(MIGRATIONS));
      await store.close();
    },
  );

  it('are updated once by many processes that start at once', async () => {
    const url = await initialised(true);
    const stores = Array.from({ length: 6 }, () => open(url, 'development', NEXT));
    const epochs = await Promise.all(stores.map((store) => store.readEpoch()));
    expect(new Set(epochs)).toEqual(new Set([1n]));
    expect(await ledger(url)).toEqual(names(NEXT));
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('tables of the next release', () => {
  it('serve processes of this one, whose migration leaves tables and rights alone', async () => {
    const url = await initialised(false);
    const settings = storeSettings(url);
    const database = createDatabase(settings, 1);
    expect((await runMigrations(database, settings.schema, NEXT)).applied).toEqual([
      '0099_later.sql',
    ]);
    await sql(url, 'GRANT SELECT ON fieldseal.later TO fieldseal_app');

    const again = await runMigrations(database, settings.schema, MIGRATIONS);
    expect(again).toEqual({ version: NEXT.length, applied: [], missingRoles: [] });
    const rights = await sql(
      url,
      `SELECT FROM information_schema.table_privileges WHERE table_schema = 'fieldseal' AND table_name = 'later' AND grantee = 'fieldseal_app'`,
    );
    expect(rights).toHaveLength(1);
    const store = open(url, 'never', MIGRATIONS);
    expect(await store.readEpoch()).toBe(1n);
    await store.close();
    await database.close();
  });
});
