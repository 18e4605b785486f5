import { FieldsealError } from '@fieldseal/core';
import { expect, test } from 'vitest';
import type { Session } from '../table/session.ts';
import type { FieldTarget } from './field-target.ts';
import { createPageQuery } from './page-query.ts';

const TARGET = {
  model: { name: 'Person', primaryKey: [{ name: 'id', column: 'id', type: 'int' }] },
  field: { name: 'pan', column: 'pan', storage: 'text', indexes: [] },
  table: { name: 'people', types: new Map([['id', 'integer']]) },
} as unknown as FieldTarget;

/** A table of the keys 1 to `rows`, on a server that looks at so many rows in the time it has. */
function slowTable(rows: number, atMost: number, isFound: (id: number) => boolean) {
  const spent: number[] = [];
  let timeouts = 0;
  let ends = 0;

  function boundOf(text: string, sign: string, values: readonly unknown[]): number | undefined {
    const place = new RegExp(`\\) ${sign} \\(\\$(\\d+)`).exec(text)?.[1];
    return place === undefined ? undefined : Number(values[Number(place) - 1]);
  }

  function givenUp(): FieldsealError {
    timeouts += 1;
    return new FieldsealError('ERR_DATABASE', 'given up', { reason: '57014' });
  }

  function keyAt(id: number, upTo: number) {
    return id > upTo ? [] : [{ c0: String(id) }];
  }

  const session: Session = {
    async rows(text, values = []) {
      const after = boundOf(text, '>', values) ?? 0;
      const place = /LIMIT \$(\d+)\) AS t/.exec(text)?.[1];
      const span = place === undefined ? rows : Number(values[Number(place) - 1]);
      refuseBeyond(span, Number(values[0]));
      const upTo = Math.min(boundOf(text, '<=', values) ?? rows, after + span);
      if (text.includes('OFFSET')) {
        ends += 1;
        return keyAt(after + 1 + Number(values[0]), upTo);
      }
      const found: number[] = [];
      let id = after + 1;
      for (; id <= upTo && found.length < Number(values[0]); id++) {
        if (id - after > atMost) throw givenUp();
        if (isFound(id)) found.push(id);
      }
      spent.push(id - after);
      return found.map((each) => ({ c0: String(each), stored: 'x', old: null }));
    },
    close: async () => {},
  };
  return { session, spent, timeouts: () => timeouts, ends: () => ends };
}

/** As PostgreSQL: OFFSET and LIMIT are a bigint. */
function refuseBeyond(...numbers: readonly number[]): void {
  if (numbers.every((each) => each < 2 ** 63)) return;
  throw new FieldsealError('ERR_DATABASE', 'out of range', { reason: '22003' });
}

async function all(session: Session, upTo: readonly string[] | null, limit = 10) {
  const query = createPageQuery(session, TARGET, 'true', upTo);
  const found: number[] = [];
  let pages = 0;
  for (let cursor: readonly string[] | null = null; ; ) {
    const { rows, next } = await query.read(cursor, limit);
    found.push(...rows.map(({ cursor: [id] }) => Number(id)));
    pages += 1;
    if (next === null) return { found, pages };
    cursor = next;
  }
}

test('rows that are rare are all found, in searches of a bounded length', async () => {
  const rare = new Set([7, 400_000, 400_001, 999_999]);
  const table = slowTable(1_000_000, 50_000, (id) => rare.has(id));
  const { found, pages } = await all(table.session, null);
  expect(found).toEqual([...rare]);
  expect(table.timeouts()).toBeGreaterThan(0);
  // each page that ends without a row is one after which the job may be paused
  expect(pages).toBeGreaterThan(20);
  expect(pages).toBeLessThan(100);
});

test('where no row is found the table is read to its end all the same', async () => {
  const table = slowTable(100_000, 9000, () => false);
  expect((await all(table.session, null)).found).toEqual([]);
  const upTo = slowTable(100_000, 9000, (id) => id === 60_000 || id === 60_001);
  expect((await all(upTo.session, ['60000'])).found).toEqual([60_000]);
});

test('a table of which every row is wanted is read without a bound', async () => {
  const table = slowTable(1000, 50, () => true);
  const { found, pages } = await all(table.session, null);
  expect(found).toHaveLength(1000);
  expect(pages).toBe(101);
  expect(table.timeouts()).toBe(0);
});

test('a server that gives up whatever is asked ends the search', async () => {
  const table = slowTable(1000, 0, () => true);
  await expect(all(table.session, null)).rejects.toMatchObject({ meta: { reason: '57014' } });
  expect(table.timeouts()).toBeLessThan(20);
});

test('after a search that took too long, pages that are full go on without end and look for no key', async () => {
  const table = slowTable(1000, 1_000_000, () => true);
  let isFirst = true;
  const session: Session = {
    ...table.session,
    async rows(text, values) {
      const found = await table.session.rows(text, values);
      if (!isFirst) return found;
      isFirst = false;
      throw new FieldsealError('ERR_DATABASE', 'given up', { reason: '57014' });
    },
  };
  const { found, pages } = await all(session, null);
  expect(found).toHaveLength(1000);
  expect(pages).toBe(101);
  // where the table ends, and nowhere before
  expect(table.ends()).toBe(1);
});

test('rows that go between two statements take none with them that was not searched', async () => {
  const first = 262_145;
  const last = 262_200;
  let gone = 0;
  const session: Session = {
    async rows(text, values = []) {
      gone += 1;
      if (gone === 1) throw new FieldsealError('ERR_DATABASE', 'given up', { reason: '57014' });
      const valueAt = (pattern: RegExp): number | undefined => {
        const place = pattern.exec(text)?.[1];
        return place === undefined ? undefined : Number(values[Number(place) - 1]);
      };
      const from = Math.max(gone, valueAt(/\) > \(\$(\d+)/) ?? 0) + 1;
      if (text.includes('OFFSET')) return keyRows(from + Number(values[0]), 1, last);
      const span = valueAt(/LIMIT \$(\d+)\) AS t/) ?? last;
      const end = Math.min(valueAt(/\) <= \(\$(\d+)/) ?? last, from + span - 1);
      return keyRows(Math.max(from, first), Number(values[0]), end);
    },
    close: async () => {},
  };
  const { found } = await all(session, null);
  expect(found).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i));
});

function keyRows(from: number, limit: number, end: number) {
  const length = Math.max(0, Math.min(limit, end - from + 1));
  return Array.from({ length }, (_, i) => ({ c0: String(from + i), stored: 'x', old: null }));
}
