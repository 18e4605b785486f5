import { expect, it } from 'vitest';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import { grantFamily } from './grant-family.ts';

function grant(id: string, parent: string | null): KeyGrantRecord {
  return { id, parent } as KeyGrantRecord;
}

it('is a grant with what was given on by it, and nothing beside it', () => {
  const all = [
    grant('d', 'b'),
    grant('a', null),
    grant('b', 'a'),
    grant('other', null),
    grant('c', 'a'),
    grant('e', 'other'),
  ];
  const ids = (id: string) => {
    const found = all.find((one) => one.id === id) as KeyGrantRecord;
    return grantFamily(all, found).map((one) => one.id);
  };
  expect(ids('a')).toEqual(['a', 'b', 'c', 'd']);
  expect(ids('b')).toEqual(['b', 'd']);
  expect(ids('c')).toEqual(['c']);
});

it('may be a chain as long as a key has grants, and a circle ends', () => {
  const chain = Array.from({ length: 50_000 }, (_, i) =>
    grant(String(i), i === 0 ? null : String(i - 1)),
  );
  expect(grantFamily(chain, chain[0] as KeyGrantRecord)).toHaveLength(50_000);
  const circle = [grant('a', 'b'), grant('b', 'a')];
  expect(grantFamily(circle, circle[0] as KeyGrantRecord)).toEqual(circle);
});
