import type { ManifestKeyColumn } from '@fieldseal/core';
import type { Page, PageQuery, PageRow } from '../engine/page.ts';
import { type Session, type SqlRow, timedOut } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import { storedText, storedValue } from '../table/stored-text.ts';
import { type FieldTarget, oldText, scopeColumn } from './field-target.ts';
import type { RowFilter } from './row-filter.ts';

/** Property names that the cells of a field depend on, besides the key. */
export function scopesOf({ field }: FieldTarget): readonly string[] {
  return [...new Set([field.scope, field.subject].filter((name) => name !== undefined))];
}

/** Rows that are searched at first when to search all of them has taken too long. */
const FIRST_SPAN = 262_144;
/** However well it goes: a page of so many rows that has nothing is still a place to stop at. */
const MOST_SPAN = 4_194_304;
/** A server that cannot read so few rows in time is in trouble. */
const LEAST_SPAN = 16;

/** Which rows of the table a search goes through. */
interface Stretch {
  readonly cursor: readonly string[] | null;
  readonly end: readonly string[] | null;
  /** Rows after the cursor, whatever they are; all when absent. */
  readonly span?: number;
}

/**
 * Reads a table page by page in the order of its primary key.
 *
 * Where rows that `filter` lets through are rare, the search for a page may take longer than the server lets a
 * statement: then it is a search through so many rows of the table, whatever they are, and half as many where
 * that takes too long as well.
 * @param filter - Which rows, as SQL over the columns of `t`.
 * @param upTo - The last key that is read; `null` reads to the end.
 */
export function createPageQuery(
  session: Session,
  target: FieldTarget,
  filter: string | RowFilter,
  upTo: readonly string[] | null = null,
): PageQuery {
  const { model, field, table } = target;
  const keys = model.primaryKey.map(({ column }) => `t.${quoted(column)}`);
  const scopes = scopesOf(target).map((name) => `t.${quoted(scopeColumn(model, name))}`);
  const tokens = field.indexes.map(({ column }) => `encode(t.${quoted(column)}, 'hex')`);
  const columns = [...[...keys, ...scopes].map((column) => `${column}::text`), ...tokens];
  const selected = columns.map((column, i) => `${column} AS c${i}`).join(', ');
  const key = (first: number): string =>
    model.primaryKey.map(({ column }, i) => `$${first + i}::${table.types.get(column)}`).join(', ');
  const { sql, values } = typeof filter === 'string' ? { sql: filter, values: [] } : filter;
  const order = keys.join(', ');
  const text = keys.map((each, i) => `${each}::text AS c${i}`).join(', ');

  /** Conditions on the key, and their values, which are named from `$first` on. */
  function between(cursor: readonly string[] | null, end: readonly string[] | null, first: number) {
    const ends = end === null ? '' : ` AND (${order}) <= (${key(first)})`;
    const after = cursor === null ? '' : ` AND (${order}) > (${key(first + (end?.length ?? 0))})`;
    return { sql: `${ends}${after}`, values: [...(end ?? []), ...(cursor ?? [])] };
  }

  async function rowsOf(stretch: Stretch, limit: number): Promise<readonly PageRow[]> {
    const { cursor, end, span } = stretch;
    const range = between(cursor, end, 2 + values.length);
    const given = [limit, ...values, ...range.values, ...(span === undefined ? [] : [span])];
    // ends as soon as the page is full, as the order of both is that of the key
    const from =
      span === undefined
        ? `${table.name} AS t WHERE (${sql})${range.sql}`
        : `(SELECT * FROM ${table.name} AS t WHERE true${range.sql} ORDER BY ${order} LIMIT $${given.length}) AS t WHERE (${sql})`;
    const found = await session.rows(
      `SELECT ${storedText(field)} AS stored, ${oldText(target)} AS old, ${selected} FROM ${from} ORDER BY ${order} LIMIT $1`,
      given,
    );
    return found.map((row) => pageRow(target, row));
  }

  /** The key that so many rows are before; `null` where there are fewer. */
  async function keyAfter(
    cursor: readonly string[] | null,
    rows: number,
  ): Promise<readonly string[] | null> {
    const range = between(cursor, upTo, 2);
    const [found] = await session.rows(
      `SELECT ${text} FROM ${table.name} AS t WHERE true${range.sql} ORDER BY ${order} LIMIT 1 OFFSET $1`,
      [rows - 1, ...range.values],
    );
    return found === undefined ? null : keys.map((_, i) => String(found[`c${i}`]));
  }

  /** Rows of the table that a search goes through; absent while it may go through all. */
  let span: number | undefined;
  /** Whether the last of them had fewer than a page. */
  let isSparse = false;

  async function search(cursor: readonly string[] | null, limit: number): Promise<Page> {
    if (span !== undefined && isSparse) return searchToEnd(cursor, limit, span);
    const bound = span === undefined ? {} : { span };
    const rows = await rowsOf({ cursor, end: upTo, ...bound }, limit);
    isSparse = span !== undefined && rows.length < limit;
    if (span !== undefined && rows.length === 0) return searchToEnd(cursor, limit, span);
    return { rows, next: rows.at(-1)?.cursor ?? null };
  }

  /** The end is found first: of rows that go meanwhile, none may move it past what was searched. */
  async function searchToEnd(
    cursor: readonly string[] | null,
    limit: number,
    atMost: number,
  ): Promise<Page> {
    const end = await keyAfter(cursor, atMost);
    const rows = await rowsOf({ cursor, end: end ?? upTo }, limit);
    isSparse = rows.length < limit;
    return { rows, next: end !== null && isSparse ? end : (rows.at(-1)?.cursor ?? null) };
  }

  return {
    async read(cursor, limit) {
      for (;;) {
        try {
          const page = await search(cursor, limit);
          if (span !== undefined) span = Math.min(span * 2, MOST_SPAN);
          return page;
        } catch (error) {
          if (!timedOut(error)) throw error;
          span = narrower(span, error);
        }
      }
    },
  };
}

/** @throws the error where there is nothing to narrow any more */
function narrower(span: number | undefined, error: unknown): number {
  if (span === undefined) return FIRST_SPAN;
  if (span <= LEAST_SPAN) throw error;
  return Math.ceil(span / 2);
}

function pageRow(target: FieldTarget, row: SqlRow): PageRow {
  const { model, field } = target;
  const scopeNames = scopesOf(target);
  const text = (place: number): string => row[`c${place}`] as string;
  const cursor = model.primaryKey.map((_, i) => text(i));
  const scopes = scopeNames.map((_, i) => text(cursor.length + i));
  const stored = row.stored as string | null;
  const old = row.old as string | null;
  const values: Record<string, unknown> = {
    [field.name]: storedValue(field, stored),
  };
  if (field.from !== undefined) values[field.from.name] = old;
  model.primaryKey.forEach((column, i) => {
    values[column.name] = keyValue(column, cursor[i] as string);
  });
  scopeNames.forEach((name, i) => {
    values[name] = scopes[i];
  });
  field.indexes.forEach(({ name }, i) => {
    const hex = row[`c${cursor.length + scopes.length + i}`];
    values[name] = typeof hex === 'string' ? new Uint8Array(Buffer.from(hex, 'hex')) : null;
  });
  return { cursor, scopes, stored, old, values };
}

/** The text of a `bytea` is `\x` and its digits. */
export function keyValue({ type }: ManifestKeyColumn, text: string): unknown {
  return type === 'bytes' ? new Uint8Array(Buffer.from(text.slice(2), 'hex')) : text;
}
