import {
  CONTROL_TABLES,
  type ColumnType,
  type ColumnValue,
  type ControlRow,
  type ControlState,
  KEY_TABLES,
  type KeyRow,
  type StoredRow,
} from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { ALIAS, fullStore } from './full-store.ts';
import { readDataKeys } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import { activeDataKey, closeKeyringsAfterEach, lease, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const UUID = '00000000-0000-4000-8000-00000000000f';
const integrity = expect.objectContaining({ code: 'ERR_STORE_INTEGRITY' });

/** Another value of the same type. */
function other(type: ColumnType, value: ColumnValue | undefined): ColumnValue {
  if (value === null || value === undefined) {
    const filled = { text: 'x', uuid: UUID, int: 1, bigint: 1n, boolean: true, timestamp: 1n };
    return type === 'bytes' ? new Uint8Array(1) : filled[type];
  }
  if (value instanceof Uint8Array) return value.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'bigint') return value + 1n;
  return type === 'uuid' ? UUID : `${value}x`;
}

function withColumn<Row extends StoredRow>(row: Row, name: string, value: ColumnValue): Row {
  return { ...row, columns: { ...row.columns, [name]: value } };
}

function replaced(state: ControlState, from: ControlRow, to: ControlRow): ControlState {
  return { ...state, rows: state.rows.map((row) => (row === from ? to : row)) };
}

function find(state: ControlState, table: string): ControlRow {
  const row = state.rows.find((each) => each.table === table);
  if (row === undefined) throw new RangeError(`No row in ${table}`);
  return row;
}

/** These are compared before any MAC can be, and have codes of their own. */
const EARLIER: Readonly<Record<string, string>> = {
  'store_key.environment': 'ERR_STORE_ENVIRONMENT',
  'store_key.development': 'ERR_STORE_DEVELOPMENT',
  'store_key.root_generation': 'ERR_WRONG_ROOT',
  'store_key.id': 'ERR_WRONG_ROOT',
  'store_key.version': 'ERR_WRONG_ROOT',
  'store_key.commitment': 'ERR_WRONG_ROOT',
  'store_key.wrapped': 'ERR_WRONG_ROOT',
  'slot.id': 'ERR_WRONG_ROOT',
  'slot.kind': 'ERR_WRONG_ROOT',
  'slot.root_generation': 'ERR_WRONG_ROOT',
  'slot.commitment': 'ERR_WRONG_ROOT',
  'slot.sealed': 'ERR_WRONG_ROOT',
};

const controlColumns = Object.entries(CONTROL_TABLES).flatMap(([table, { columns }]) =>
  Object.entries(columns).map(([column, type]) => ({ table, column, type })),
);
const keyColumns = Object.entries(KEY_TABLES).flatMap(([table, { columns }]) =>
  Object.entries(columns).map(([column, type]) => ({
    table: table as KeyRow['table'],
    column,
    type,
  })),
);

describe('somebody who can write the database but has no key', () => {
  it.each(controlColumns)('changes $table $column: the store does not open', async (place) => {
    const { table, column, type } = place;
    const { store, options } = await fullStore(instrumentedStore());
    for (const change of [other, () => null]) {
      store.pretend = (state) => {
        const row = find(state, table);
        const value = change(type, row.columns[column]);
        // a NULL that was one already changes nothing
        if (value === row.columns[column])
          return replaced(state, row, { ...row, rowMac: new Uint8Array(32) });
        return replaced(state, row, withColumn(row, column, value));
      };
      const expected = change === other ? EARLIER[`${table}.${column}`] : undefined;
      await expect(openForTest(options)).rejects.toThrow(
        expect.objectContaining({ code: expected ?? 'ERR_STORE_INTEGRITY' }),
      );
    }
  });

  it.each(Object.keys(CONTROL_TABLES))('removes or doubles a row of %s', async (table) => {
    const { store, options } = await fullStore(instrumentedStore());
    store.pretend = (state) => {
      const row = find(state, table);
      return { ...state, rows: state.rows.filter((each) => each !== row) };
    };
    const lost = { slot: 'ERR_WRONG_ROOT' }[table] ?? 'ERR_STORE_INTEGRITY';
    await expect(openForTest(options)).rejects.toThrow(expect.objectContaining({ code: lost }));
    store.pretend = (state) => ({ ...state, rows: [...state.rows, find(state, table)] });
    await expect(openForTest(options)).rejects.toThrow(integrity);
  });

  it('puts back a row as it was before, with the MAC that it had', async () => {
    const { store, options, insider } = await fullStore(instrumentedStore());
    const [before] = await insider.rows('key');
    await insider.setKeyState(before?.columns.id as string, 'Disabled');
    store.pretend = (state) => ({
      ...state,
      rows: state.rows.map((row) =>
        row.columns.id === before?.columns.id ? (before ?? row) : row,
      ),
    });
    await expect(openForTest(options)).rejects.toThrow(integrity);
  });

  it('exchanges the wraps of two key versions, or the versions with their MACs', async () => {
    const { store, options } = await fullStore(instrumentedStore());
    const versions = (state: ControlState) =>
      state.rows.filter(({ table }) => table === 'key_version') as [ControlRow, ControlRow];
    store.pretend = (state) => {
      const [a, b] = versions(state);
      const swapped = replaced(state, a, withColumn(a, 'wrapped', b.columns.wrapped as Uint8Array));
      return replaced(swapped, b, withColumn(b, 'wrapped', a.columns.wrapped as Uint8Array));
    };
    await expect(openForTest(options)).rejects.toThrow(integrity);
    store.pretend = (state) => {
      const [a, b] = versions(state);
      const swapped = replaced(state, a, { ...a, columns: b.columns });
      return replaced(swapped, b, { ...b, columns: a.columns });
    };
    await expect(openForTest(options)).rejects.toThrow(integrity);
  });

  it.each(['digest', 'mac', 'epoch'] as const)('changes the %s of the head', async (part) => {
    const { store, options } = await fullStore(instrumentedStore());
    store.pretend = ({ head, rows }) => {
      const changed =
        part === 'epoch' ? { epoch: head.epoch + 1n } : { [part]: other('bytes', head[part]) };
      return { rows, head: { ...head, ...changed } };
    };
    await expect(openForTest(options)).rejects.toThrow(integrity);
  });

  it('adds columns, tables, or values of other types', async () => {
    const { store, options } = await fullStore(instrumentedStore());
    const rows: ((row: ControlRow) => StoredRow)[] = [
      (row) => withColumn(row, 'extra', 'x'),
      (row) => withColumn(row, 'name', 1),
      (row) => withColumn(row, 'created_at', '2026'),
      (row) => ({ ...row, table: 'constructor' }),
      (row) => ({ ...row, rowMac: row.rowMac.subarray(1) }),
    ];
    for (const change of rows) {
      store.pretend = (state) => {
        const row = find(state, 'alias');
        return replaced(state, row, change(row) as ControlRow);
      };
      await expect(openForTest(options)).rejects.toThrow(integrity);
    }
  });

  it.each(keyColumns)('changes $table $column: the key is not used', async (place) => {
    const { table, column, type } = place;
    const { store, options, dataKeyId } = await fullStore(instrumentedStore());
    for (const change of [other, () => null]) {
      const keyring = await openForTest(options);
      store.pretendKeys = (rows) =>
        rows.map((row) => {
          const value = change(type, row.columns[column]);
          if (value === row.columns[column]) return { ...row, rowMac: new Uint8Array(32) };
          return row.table === table ? withColumn(row, column, value) : row;
        });
      // asked for by id a changed id is no answer; by scope, a changed scope is none
      const outcome = await lease(
        keyring,
        table === 'data_key' ? { open: [dataKeyId] } : { index: [{ alias: ALIAS, tenant: 't1' }] },
      ).then(
        (held) => held.opening(dataKeyId) ?? 'none',
        (error: { code: string }) => error.code,
      );
      expect(outcome).toBe(
        change === other && column === 'id' && table === 'data_key'
          ? 'none'
          : 'ERR_STORE_INTEGRITY',
      );
    }
  });

  it('answers with the data key of another tenant', async () => {
    const { store, options } = await fullStore(instrumentedStore());
    const keyring = await openForTest(options);
    const theirs = await activeDataKey(keyring, ALIAS, { tenant: 't2' });
    const [row] = await readDataKeys(store, theirs);
    store.pretendKeys = () => [row as KeyRow];
    const scope = { tenant: 't3' };
    await expect(lease(keyring, { seal: [{ alias: ALIAS, scope }] })).rejects.toMatchObject({
      code: 'ERR_STORE_CONFLICT',
    });
  });
});

describe('somebody who holds the store key but not the keys above a data key', () => {
  it.each([
    ['wrap', 'wrapped'],
    ['tenant', 'tenant'],
    ['key version', 'key_version'],
  ])('gives one data key the %s of another: it does not open', async (_what, column) => {
    const { store, options, insider } = await fullStore(instrumentedStore());
    const keyring = await openForTest(options);
    const first = await activeDataKey(keyring, ALIAS, { tenant: 't2' });
    await keyring.rotateKey(ALIAS);
    const second = await activeDataKey(keyring, ALIAS, { tenant: 't3' });
    const [mine, theirs] = await readDataKeys(store, first, second);
    const taken = theirs?.columns[column] as ColumnValue;
    store.pretendKeys = () => [insider.altered(mine as KeyRow, { [column]: taken })];
    const fresh = await openForTest(options);
    await expect(lease(fresh, { open: [first] })).rejects.toThrow(integrity);
  });
});
