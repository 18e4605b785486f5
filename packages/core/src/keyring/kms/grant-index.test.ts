import { expect, it } from 'vitest';
import type { KeyGrantRecord } from '../../keys/key-records.ts';
import { createGrantIndexes } from './grant-index.ts';

function grant(id: string, grantee: string, retiring: string | null = null): KeyGrantRecord {
  return { id, grantee, retiring } as KeyGrantRecord;
}

const RECORDS = [
  grant('1', 'user/asha'),
  grant('2', 'user/ben', 'user/asha'),
  grant('3', 'user/asha', 'user/asha'),
  grant('4', 'user/ben'),
];

it('gives a principal what it holds or may retire, each once and in their order', () => {
  const { of, byId } = createGrantIndexes()(RECORDS);
  const ids = (principal: string) => of(principal).map(({ id }) => id);
  expect(ids('user/asha')).toEqual(['1', '2', '3']);
  expect(ids('user/ben')).toEqual(['2', '4']);
  expect(ids('null')).toEqual([]);
  expect(byId.get('4')).toBe(RECORDS[3]);
});

it('reads a list once, however often it is asked', () => {
  const indexes = createGrantIndexes();
  let read = 0;
  const watched = RECORDS.map((record) => ({
    ...record,
    get grantee() {
      read++;
      return record.grantee;
    },
  }));
  for (let i = 0; i < 100; i++) indexes(watched).of('user/asha');
  expect(read).toBe(RECORDS.length);
  expect(indexes(undefined).of('user/asha')).toEqual([]);
});
