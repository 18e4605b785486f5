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

const KNOWN = MIGRATIONS.length;

/** What the next release of the package might bring; it serves those that know `servesFrom`. */
function next(servesFrom: number): readonly EmbeddedMigration[] {
  const checksum = createHash('sha256').update(ADDED).digest('hex');
  const later = { version: KNOWN + 1, name: '0099_later.sql', checksum, sql: ADDED, servesFrom };
  return [...MIGRATIONS, later];
}

/** A change that only adds: processes of this release may go on. */
const NEXT = next(KNOWN);
/** A change of which this release must not write. */
const BREAKING = next(KNOWN + 1);

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

async function migrate(url: string, migrations: readonly EmbeddedMigration[]) {
  const settings = storeSettings(url);
  const database = createDatabase(settings, 1);
  try {
    return await runMigrations(database, settings.schema, migrations);
  } finally {
    await database.close();
  }
}

const NEWER = { code: 'ERR_STORE_SCHEMA', meta: { reason: 'NEWER' } };

describe('tables of the next release that serve this one', () => {
  it('are used by its processes, and its migration leaves tables and rights alone', async () => {
    const url = await initialised(false);
    expect((await migrate(url, NEXT)).applied).toEqual(['0099_later.sql']);
    await sql(url, 'GRANT SELECT ON fieldseal.later TO fieldseal_app');

    const again = await migrate(url, MIGRATIONS);
    expect(again).toEqual({ version: NEXT.length, applied: [], missingRoles: [] });
    const rights = await sql(
      url,
      `SELECT FROM information_schema.table_privileges WHERE table_schema = 'fieldseal' AND table_name = 'later' AND grantee = 'fieldseal_app'`,
    );
    expect(rights).toHaveLength(1);
    const store = open(url, 'never', MIGRATIONS);
    expect(await store.readEpoch()).toBe(1n);
    await store.close();
  });

  it('are refused once one more migration, which does not, stands after them', async () => {
    const url = await initialised(false);
    const broken = 'CREATE TABLE :"schema".later_still (id integer PRIMARY KEY);\n';
    const checksum = createHash('sha256').update(broken).digest('hex');
    const version = KNOWN + 2;
    const last = { version, name: '0100_break.sql', checksum, sql: broken, servesFrom: version };
    await migrate(url, [...NEXT, last]);
    const store = open(url, 'never', MIGRATIONS);
    await expect(store.readEpoch()).rejects.toMatchObject(NEWER);
    await store.close();
    const newer = open(url, 'never', [...NEXT, last]);
    expect(await newer.readEpoch()).toBe(1n);
    await newer.close();
  });
});

describe('tables of the next release that say nothing of this one', () => {
  it.each<[boolean, MigrateMode]>([
    [false, 'never'],
    [true, 'development'],
    [true, 'always'],
  ])('are refused of a store stamped development: %s with migrate: %s', async (stamp, mode) => {
    const url = await initialised(stamp);
    await migrate(url, BREAKING);
    const store = open(url, mode, MIGRATIONS);
    const change = { expectedEpoch: 1n, put: [], remove: [], head: head(2n) };
    const { readControl, readEpoch } = store;
    const calls = [readControl, readEpoch, () => store.writeControl(change)];
    for (const call of [...calls, () => store.insertKeys([]), () => store.readKeys([])]) {
      await expect(call()).rejects.toMatchObject(NEWER);
    }
    expect(await sql(url, 'SELECT epoch FROM fieldseal.head')).toEqual([{ epoch: '1' }]);
    await store.close();
  });

  it('are refused with what the store has, what the library knows, and what to do', async () => {
    const url = await initialised(false);
    await migrate(url, BREAKING);
    const message =
      `The key store is at migration ${KNOWN + 1} and this library knows ${KNOWN}: update ` +
      '@fieldseal/store-postgres in this process, or restore the database of before the migration';
    const store = open(url, 'never', MIGRATIONS);
    await expect(store.readEpoch()).rejects.toMatchObject({ message });
    await store.close();
  });

  it('are not touched by the migration of this release', async () => {
    const url = await initialised(false);
    await migrate(url, BREAKING);
    await expect(migrate(url, MIGRATIONS)).rejects.toMatchObject(NEWER);
    expect(await ledger(url)).toEqual(names(BREAKING));
  });

  it('are refused by a process that runs, with the first state that it reads of them', async () => {
    const url = await initialised(false);
    const store = open(url, 'never', MIGRATIONS);
    expect(await store.readEpoch()).toBe(1n);
    await migrate(url, BREAKING);
    await expect(store.readControl()).rejects.toMatchObject(NEWER);
    await store.close();
  });

  it.each(['0', `${KNOWN + 2}`, 'NULL'])(
    'cannot be marked as serving libraries from %s on',
    async (mark) => {
      const url = await initialised(false);
      await migrate(url, BREAKING);
      const marked = sql(url, `UPDATE fieldseal.migration SET serves_from = ${mark}`);
      await expect(marked).rejects.toThrow(/constraint/);
    },
  );
});
