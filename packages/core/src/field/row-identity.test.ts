import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRow } from '../cell/encode-row.ts';
import type { ManifestKeyColumn } from '../manifest/manifest.ts';
import { createRowIdentity, rowIdentity, rowKeyText } from './row-identity.ts';

const uuid: readonly ManifestKeyColumn[] = [{ name: 'id', column: 'id', type: 'uuid' }];
const pair: readonly ManifestKeyColumn[] = [
  { name: 'b', column: 'a_column', type: 'int' },
  { name: 'a', column: 'b_column', type: 'text' },
];
const ID = '0190f1c2-0000-7000-8000-0000000000ab';

describe('the identity of a row', () => {
  it('is the same for each of many rows as for one alone', () => {
    const rows = fc.array(fc.record({ id: fc.uuid() }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, (given) => {
        const identify = createRowIdentity(uuid);
        for (const row of given) {
          const expected = encodeRow([{ type: 'uuid', value: row.id }]);
          expect(rowIdentity(uuid, row)).toEqual(expected);
          expect(identify(row)).toEqual(expected);
          expect(identify({ id: row.id.toUpperCase() })).toEqual(expected);
        }
      }),
    );
  });

  it('has the key columns in the order of the manifest, by their property names', () => {
    const expected = encodeRow([
      { type: 'int', value: 7 },
      { type: 'text', value: 'x' },
    ]);
    expect(rowIdentity(pair, { a: 'x', b: 7 })).toEqual(expected);
    expect(createRowIdentity(pair)({ a: 'x', b: 7n })).toEqual(expected);
  });

  it.each([
    ['a missing key', {}, 'ERR_ROW_UNKNOWN'],
    ['a null key', { id: null }, 'ERR_ROW_UNKNOWN'],
    ['a key that is no uuid', { id: 'x' }, 'ERR_ROW_IDENTITY'],
    ['a uuid that breaks off', { id: ID.slice(0, 35) }, 'ERR_ROW_IDENTITY'],
    ['a key of another type', { id: 5 }, 'ERR_ROW_IDENTITY'],
  ])('of %s is refused, also after a good row', (_, row, code) => {
    const identify = createRowIdentity(uuid);
    identify({ id: ID });
    const refused = expect.objectContaining({ code });
    expect(() => identify(row)).toThrow(refused);
    expect(() => identify(row)).toThrow(refused);
    expect(() => rowIdentity(uuid, row)).toThrow(refused);
  });
});

describe('the text of a row key', () => {
  it.each([
    [{ id: ID }, ID],
    [{ id: 5n }, '5'],
    [{ id: Uint8Array.of(0, 255) }, '00ff'],
    [{ id: {} }, '?'],
    [{ id: 'x'.repeat(300) }, 'x'.repeat(200)],
    [{ id: null }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('of row %# is one line without what cannot be shown', (row, expected) => {
    expect(rowKeyText(uuid, row)).toBe(expected);
  });

  it('of several columns is joined', () => {
    expect(rowKeyText(pair, { a: 'x', b: 7 })).toBe('7,x');
    expect(rowKeyText([], { a: 'x' })).toBeUndefined();
  });
});
