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
      const upTo = boundOf(text, '<=', values) ?? rows;
      if (text.includes('OFFSET')) return keyAt(after + 1 + Number(values[0]), upTo);
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
  return { session, spent, timeouts: () => timeouts };
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
