import { randomBytes } from 'node:crypto';
import type { ControlRow, ControlTable, KeyStore } from '@fieldseal/core';
import { migratePostgresStore, postgresStore } from '@fieldseal/store-postgres';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  alias,
  bytes,
  dataKey,
  demoted,
  head,
  oneOfEach,
  plain,
} from '../conformance/sample-rows.ts';
import { failure, freshDatabase, sql, userUrl } from './test-database.ts';

const LACKS_RIGHT = { code: 'ERR_STORE_SCHEMA', meta: { reason: '42501' } };

function sample(table: ControlTable): ControlRow {
  const row = oneOfEach().find((each) => each.table === table);
  if (row === undefined) throw new RangeError(table);
  return row;
}

/** Another row of the same table: every key column changed. */
function another(table: ControlTable): ControlRow {
  const row = sample(table);
  const changes: Partial<
    Record<ControlTable, Readonly<Record<string, string | number | Uint8Array>>>
  > = {
    slot: { id: '00000000-0000-4000-8000-00000000abcd' },
    store_key: { version: 2 },
    key: { id: '00000000-0000-4000-8000-00000000abcd' },
    key_version: { version: 2 },
    alias: { name: 'alias/another' },
    key_setting: { key_id: '00000000-0000-4000-8000-00000000abcd' },
    key_rotation: { version: 9 },
    key_tag: { name: 'another' },
    policy: { key_id: '00000000-0000-4000-8000-00000000abcd' },
    key_grant: { id: '00000000-0000-4000-8000-00000000abcd' },
    proposal: { id: '00000000-0000-4000-8000-00000000abcd' },
    approval: { subject: 'grant/1' },
    registry: { id: 'Customer.pan' },
    phase: { field_id: 'Customer.pan' },
    tombstone: { id: bytes(16, 9) },
  };
  return { ...row, columns: { ...row.columns, ...changes[table] }, rowMac: bytes(32, 123) };
}

describe('roles of the key store', () => {
  let url: string;
  let users: Record<'app' | 'admin' | 'auditor', string>;
  let names: string[];
  const open: KeyStore[] = [];

  function storeOf(user: keyof typeof users): KeyStore {
    const store = postgresStore({ connectionString: users[user], migrate: 'never' });
    open.push(store);
    return store;
  }

  beforeEach(async () => {
    url = await freshDatabase();
    await migratePostgresStore(url);
    const suffix = randomBytes(4).toString('hex');
    names = ['app', 'admin', 'auditor'].map((role) => `test_${role}_${suffix}`);
    const roles = ['fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor'];
    for (const [i, name] of names.entries()) {
      await sql(url, `CREATE ROLE ${name} LOGIN PASSWORD 'p' IN ROLE ${roles[i]}`);
    }
    const [app = '', admin = '', auditor = ''] = names.map((name) => userUrl(url, name, 'p'));
    users = { app, admin, auditor };
    const change = { expectedEpoch: null, put: oneOfEach(), remove: [], head: head(1n) };
    expect(await storeOf('admin').writeControl(change)).toBe(true);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()));
    await sql(url, `DROP ROLE ${names.join(', ')}`);
  });

  it.each([
    'slot',
    'store_key',
    'key_setting',
    'key_tag',
    'policy',
    'key_grant',
    'proposal',
    'approval',
    'phase',
    'tombstone',
  ] as const)('the application can neither add, change nor remove a row of %s', async (table) => {
    const app = storeOf('app');
    const changed = { ...sample(table), rowMac: bytes(32, 77) };
    for (const change of [
      { put: [another(table)], remove: [] },
      { put: [changed], remove: [] },
      { put: [], remove: [sample(table)] },
    ]) {
      const call = app.writeControl({ expectedEpoch: 1n, ...change, head: head(2n) });
      await expect(call).rejects.toMatchObject(LACKS_RIGHT);
    }
    expect((await app.readControl())?.head.epoch).toBe(1n);
  });

  it.each(['key', 'key_version', 'alias', 'key_rotation', 'registry'] as const)(
    'the application adds a row of %s but removes none',
    async (table) => {
      const app = storeOf('app');
      const add = { expectedEpoch: 1n, put: [another(table)], remove: [], head: head(2n) };
      expect(await app.writeControl(add)).toBe(true);
      const remove = { expectedEpoch: 2n, put: [], remove: [another(table)], head: head(3n) };
      await expect(app.writeControl(remove)).rejects.toMatchObject(LACKS_RIGHT);
      expect(await app.readEpoch()).toBe(2n);
    },
  );

  it('the application changes the state of a key version but not its key material', async () => {
    const app = storeOf('app');
    const version = sample('key_version');
    const retired = {
      ...version,
      columns: { ...version.columns, state: 'DECRYPT_ONLY' },
      rowMac: bytes(32, 201),
    };
    const state = { expectedEpoch: 1n, put: [retired], remove: [], head: head(2n) };
    expect(await app.writeControl(state)).toBe(true);
    const swapped = { ...retired, columns: { ...retired.columns, wrapped: bytes(94, 202) } };
    const material = { expectedEpoch: 2n, put: [swapped], remove: [], head: head(3n) };
    await expect(app.writeControl(material)).rejects.toMatchObject(LACKS_RIGHT);
    const rows = (await app.readControl())?.rows.filter((row) => row.table === 'key_version');
    expect(rows?.map(plain)).toEqual([retired]);
  });

  it('the application makes data keys and retires them, and cannot delete or rewrite one', async () => {
    const app = storeOf('app');
    const old = dataKey(1);
    await app.insertKeys([{ row: old }]);
    const demote = { row: demoted(old), expectedMac: old.rowMac };
    const winners = await app.insertKeys([{ row: dataKey(50), demote }]);
    expect(winners.map(plain)).toEqual([dataKey(50)]);
    for (const statement of [
      'DELETE FROM fieldseal.data_key',
      'TRUNCATE fieldseal.data_key',
      `UPDATE fieldseal.data_key SET wrapped = wrapped`,
      `UPDATE fieldseal.data_key SET scope = scope`,
      'DELETE FROM fieldseal.head',
      'DROP TABLE fieldseal.data_key',
      'CREATE TABLE fieldseal.mine (id integer)',
      `UPDATE fieldseal.migration SET checksum = ''`,
    ]) {
      const error = await failure(sql(users.app, statement));
      expect({ statement, error }).toMatchObject({ statement, error: { code: '42501' } });
    }
  });

  it('the administrator writes and removes rows of every table', async () => {
    const admin = storeOf('admin');
    const change = {
      expectedEpoch: 1n,
      put: [alias('alias/x')],
      remove: oneOfEach(),
      head: head(2n),
    };
    expect(await admin.writeControl(change)).toBe(true);
    expect((await admin.readControl())?.rows.map(plain)).toEqual([alias('alias/x')]);
  });

  it.each([
    'slot.sealed',
    'store_key.wrapped',
    'key_version.wrapped',
    'data_key.wrapped',
    'index_key.wrapped',
  ])(
    'the auditor cannot read %s, and nobody else than the three roles reads anything',
    async (place) => {
      const [table, column] = place.split('.');
      const error = await failure(sql(users.auditor, `SELECT ${column} FROM fieldseal.${table}`));
      expect(error).toMatchObject({ code: '42501' });
      const granted = await sql(
        url,
        `SELECT DISTINCT grantee FROM information_schema.column_privileges
WHERE table_schema = 'fieldseal' AND table_name = $1 AND column_name = $2 AND privilege_type = 'SELECT'
  AND grantee <> current_user ORDER BY grantee`,
        [table, column],
      );
      expect(granted).toEqual([{ grantee: 'fieldseal_admin' }, { grantee: 'fieldseal_app' }]);
    },
  );

  it('the auditor reads what there is besides, and writes nothing', async () => {
    const seen = await sql(users.auditor, 'SELECT id, state, row_mac FROM fieldseal.key');
    expect(seen).toHaveLength(1);
    const writes = await sql(
      url,
      `SELECT table_name, privilege_type FROM information_schema.column_privileges
WHERE table_schema = 'fieldseal' AND grantee = 'fieldseal_auditor' AND privilege_type <> 'SELECT'`,
    );
    expect(writes).toEqual([]);
    const auditor = storeOf('auditor');
    const change = { expectedEpoch: 1n, put: [], remove: [], head: head(2n) };
    await expect(auditor.writeControl(change)).rejects.toMatchObject(LACKS_RIGHT);
    expect(await auditor.readEpoch()).toBe(1n);
  });
});
