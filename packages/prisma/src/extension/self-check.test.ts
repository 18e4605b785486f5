import { describe, expect, test } from 'vitest';
import { createFakeCodec } from '../../test-support/fake-codec.ts';
import { sampleManifest } from '../../test-support/sample-manifest.ts';
import type { ExtendedClient } from './extended-client.ts';
import { once } from './once.ts';
import { selfCheck } from './self-check.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly maxLength: number | null;
  readonly schema: string;
}

interface Index {
  readonly table: string;
  readonly name: string;
  readonly columns: string;
  readonly schema: string;
  readonly isUnique: boolean;
}

/** The catalogue of a database that fits the manifest. */
function catalogue(): { columns: Column[]; indexes: Index[] } {
  const columns: Column[] = [];
  const indexes: Index[] = [];
  for (const { table, fields } of sampleManifest.models) {
    for (const field of fields) {
      columns.push({
        schema: 'public',
        table,
        column: field.column,
        type: 'text',
        maxLength: null,
      });
      for (const { column } of field.indexes) {
        columns.push({ schema: 'public', table, column, type: 'bytea', maxLength: null });
        indexes.push({
          schema: 'public',
          table,
          name: `${table}_${column}_key`,
          columns: JSON.stringify([column]),
          isUnique: true,
        });
      }
    }
  }
  return { columns, indexes };
}

function clientOver(
  database: { columns: Column[]; indexes: Index[] },
  more: Partial<ExtendedClient> = {},
): ExtendedClient {
  const models = Object.fromEntries(
    Object.values(sampleManifest.graph).map((model) => [
      model.name,
      { fields: Object.keys(model.fields).map((name) => ({ name })) },
    ]),
  );
  return {
    $extends: () => undefined,
    $queryRawUnsafe: async (sql) =>
      sql.includes('information_schema.columns') ? database.columns : database.indexes,
    _runtimeDataModel: { models },
    ...more,
  };
}

function check(client: ExtendedClient): Promise<ReadonlyMap<string, readonly string[]>> {
  return selfCheck(client, sampleManifest, createFakeCodec(sampleManifest));
}

function without<T extends { column?: string; columns?: string }>(rows: T[], column: string): T[] {
  return rows.filter((row) => row.column !== column && row.columns?.includes(column) !== true);
}

describe('the self-check', () => {
  test('passes where client and database fit, and learns the fields of unique indexes', async () => {
    const constraints = await check(clientOver(catalogue()));
    expect(constraints.get('Card_numberToken_key')).toEqual(['number']);
  });

  test.each([
    ['a missing table', (c: Column) => c.table !== 'Card', 'Card'],
    ['a missing sealed column', (c: Column) => c.column !== 'number', 'number'],
    ['a missing token column', (c: Column) => c.column !== 'numberLast4', 'numberLast4'],
  ])('refuses %s', async (_name, keep, named) => {
    const database = catalogue();
    const client = clientOver({ ...database, columns: database.columns.filter(keep) });
    const error = await check(client).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'ERR_MANIFEST_MISMATCH', meta: { model: 'Card' } });
    expect(error.message).toContain(named);
  });

  test.each([
    ['number', { type: 'bytea' }],
    ['number', { type: 'json' }],
    ['number', { type: 'varchar', maxLength: 167 }],
    ['numberToken', { type: 'text' }],
  ])('refuses column %s as %s', async (column, change) => {
    const database = catalogue();
    const columns = database.columns.map((row) =>
      row.column === column ? { ...row, ...change } : row,
    );
    await expect(check(clientOver({ ...database, columns }))).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      meta: { table: 'Card', column },
    });
  });

  test('accepts a limit that a cell fits in', async () => {
    const database = catalogue();
    const columns = database.columns.map((row) =>
      row.column === 'number' ? { ...row, type: 'varchar', maxLength: 168 } : row,
    );
    await expect(check(clientOver({ ...database, columns }))).resolves.toBeDefined();
  });

  test('refuses a token column without an index', async () => {
    const database = catalogue();
    const client = clientOver({ ...database, indexes: without(database.indexes, 'ssnToken') });
    await expect(check(client)).rejects.toMatchObject({
      code: 'ERR_MANIFEST_MISMATCH',
      meta: { column: 'ssnToken' },
    });
  });

  test('refuses a client that does not know the token columns', async () => {
    const models = { Customer: { fields: [{ name: 'id' }, { name: 'aadhaar' }] } };
    const client = clientOver(catalogue(), { _runtimeDataModel: { models } });
    await expect(check(client)).rejects.toMatchObject({
      code: 'ERR_NOT_WIRED',
      meta: { model: 'Customer', field: 'aadhaarToken' },
    });
  });

  test('agrees the manifest with the key store', async () => {
    let registered = 0;
    const codec = { ...createFakeCodec(sampleManifest), register: async () => void registered++ };
    await selfCheck(clientOver(catalogue()), sampleManifest, codec);
    expect(registered).toBe(1);
  });
});

describe('once', () => {
  test('runs for callers at the same time one time', async () => {
    let runs = 0;
    const run = once(async () => void runs++);
    await Promise.all([run(undefined), run(undefined)]);
    await run(undefined);
    expect(runs).toBe(1);
  });

  test('runs again after a failure', async () => {
    let runs = 0;
    const run = once(async () => {
      runs++;
      if (runs === 1) throw new TypeError('first');
    });
    await expect(run(undefined)).rejects.toThrow('first');
    await run(undefined);
    expect(runs).toBe(2);
  });
});
