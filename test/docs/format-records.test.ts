import { readFileSync } from 'node:fs';
import { migratePostgresStore } from '@fieldseal/store-postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AUDIT_TABLES,
  CONTROL_TABLES,
  type ColumnType,
  KEY_TABLES,
  RECORD_SCHEMA_VERSION,
} from '../../packages/core/src/keys/record-schema.ts';
import { freshDatabase, sql } from '../store-postgres/test-database.ts';

/** What the page says of a column, or the code, or the database. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
}

const TABLES = { ...CONTROL_TABLES, ...KEY_TABLES, ...AUDIT_TABLES };
const NAMES = Object.keys(TABLES) as (keyof typeof TABLES)[];

/** Names of the types on the page. */
const WORDS: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  uuid: 'uuid',
  int: 'integer',
  bigint: 'bigint',
  boolean: 'boolean',
  timestamp: 'timestamp',
  bytes: 'bytes',
};
const IN_SQL: Readonly<Record<string, string>> = { timestamp: 'bigint', bytes: 'bytea' };

const page = readFileSync(new URL('../../docs/format.md', import.meta.url), 'utf8');

/** The type where the page leaves it out. */
function typeOf(name: string): string {
  if (name === 'commitment') return 'bytes';
  return name.endsWith('_at') ? 'timestamp' : 'text';
}

/** The row of a table on the page. */
function documented(table: string): readonly Column[] {
  const line = page.split('\n').find((each) => each.startsWith(`| \`${table}\` | \``));
  const cell = line?.split('|')[2] ?? '';
  const columns = cell.split(',').map((part) => /^ *`([a-z_]+)`(\??) ?([a-z]*) *$/.exec(part));
  return columns.map((match) => {
    if (match === null) throw new RangeError(`${table}: ${cell}`);
    const [, name = '', mark, type] = match;
    return { name, type: type || typeOf(name), optional: mark === '?' };
  });
}

const byName = (a: Column, b: Column) => (a.name < b.name ? -1 : 1);

describe('the records of docs/format.md', () => {
  let stored: readonly Readonly<Record<string, unknown>>[];
  beforeAll(async () => {
    const url = await freshDatabase();
    await migratePostgresStore(url);
    stored = await sql(
      url,
      `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
         WHERE table_schema = 'fieldseal' ORDER BY column_name`,
    );
  });

  it('have the version that is in every row MAC', () => {
    expect(page).toContain(`version ${RECORD_SCHEMA_VERSION} of \`#schema\``);
  });

  it('are all tables that the database has, but for the head and the migrations', () => {
    const tables = new Set(stored.map((row) => String(row.table_name)));
    expect([...tables].toSorted()).toEqual([...NAMES, 'head', 'migration'].toSorted());
  });

  it.each(NAMES)('of %s are the columns that the row MAC covers', (table) => {
    const inCode = Object.entries(TABLES[table].columns).map(([name, type]) => ({
      name,
      type: WORDS[type],
    }));
    const onPage = documented(table).map(({ name, type }) => ({ name, type }));
    expect(onPage.toSorted(byName)).toEqual(inCode.toSorted(byName));
  });

  it.each(NAMES)('of %s are the columns of the database, and NULL where it allows it', (table) => {
    const inDatabase = stored
      .filter((row) => row.table_name === table && row.column_name !== 'row_mac')
      .map((row) => ({
        name: String(row.column_name),
        type: String(row.data_type),
        optional: row.is_nullable === 'YES',
      }));
    const onPage = documented(table).map((column) => ({
      ...column,
      type: IN_SQL[column.type] ?? column.type,
    }));
    expect(onPage.toSorted(byName)).toEqual(inDatabase.toSorted(byName));
  });
});
