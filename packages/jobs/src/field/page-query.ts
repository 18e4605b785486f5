import type { ManifestKeyColumn } from '@fieldseal/core';
import type { PageQuery, PageRow } from '../engine/page.ts';
import type { Session, SqlRow } from '../table/session.ts';
import { quoted } from '../table/sql-names.ts';
import { storedText, storedValue } from '../table/stored-text.ts';
import { type FieldTarget, oldText, scopeColumn } from './field-target.ts';
import type { RowFilter } from './row-filter.ts';

/** Property names that the cells of a field depend on, besides the key. */
export function scopesOf({ field }: FieldTarget): readonly string[] {
  return [...new Set([field.scope, field.subject].filter((name) => name !== undefined))];
}

/**
 * Reads a table page by page in the order of its primary key.
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
  const last = upTo ?? [];
  const lastAt = 2 + values.length;
  const ends = upTo === null ? '' : ` AND (${keys.join(', ')}) <= (${key(lastAt)})`;
  const page = (after: string): string =>
    `SELECT ${storedText(field)} AS stored, ${oldText(target)} AS old, ${selected} FROM ${table.name} AS t` +
    ` WHERE (${sql})${ends}${after} ORDER BY ${keys.join(', ')} LIMIT $1`;
  const first = page('');
  const next = page(` AND (${keys.join(', ')}) > (${key(lastAt + last.length)})`);
  return {
    async read(cursor, limit) {
      const rows =
        cursor === null
          ? await session.rows(first, [limit, ...values, ...last])
          : await session.rows(next, [limit, ...values, ...last, ...cursor]);
      return rows.map((row) => pageRow(target, row));
    },
  };
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
