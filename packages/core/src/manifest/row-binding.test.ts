import { describe, expect, it } from 'vitest';
import { type KeyColumnFacts, manifestKey, whyNotRowBound } from './row-binding.ts';

const known: KeyColumnFacts = {
  name: 'id',
  column: 'id',
  type: 'uuid',
  isForeignKey: false,
  isMadeByDatabase: false,
};

describe('cells', () => {
  it('can be bound to rows whose key is known before the insert', () => {
    expect(whyNotRowBound([known])).toBeUndefined();
  });

  it.each([
    [[], 'no primary key'],
    [[known, { ...known, name: 'day', type: null }], 'type of "day"'],
    [[{ ...known, isForeignKey: true }], '"id" is part of a foreign key'],
    [[known, { ...known, name: 'no', isMadeByDatabase: true }], '"no" gets its value from'],
  ])('cannot be bound to rows otherwise (%#)', (key: readonly KeyColumnFacts[], reason) => {
    expect(whyNotRowBound(key)).toContain(reason);
  });
});

describe('the key of a manifest', () => {
  it('is sorted by the bytes of the database names', () => {
    const columns = ['b', '\u{1F511}', 'a', '\uFF5E'];
    const key = manifestKey(columns.map((column) => ({ ...known, column })));
    expect(key.map(({ column }) => column)).toEqual(['a', 'b', '\uFF5E', '\u{1F511}']);
    expect(Object.keys(key[0]!)).toEqual(['name', 'column', 'type']);
  });
});
