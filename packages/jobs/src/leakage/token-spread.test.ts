import { expect, test } from 'vitest';
import { spreadOf } from './token-spread.ts';

test('no rows are no leak', () => {
  expect(spreadOf([])).toEqual({
    rows: 0,
    tokens: 0,
    commonest: 0,
    commonestShare: 0,
    shared: 0,
    frequent: 0,
    entropyBits: 0,
    verdict: 'empty',
  });
});

test('tokens of one row each are unique, and keep all bits', () => {
  expect(spreadOf([{ rows: 1, of: 1024, tokens: 1024 }])).toMatchObject({
    rows: 1024,
    tokens: 1024,
    commonestShare: 1 / 1024,
    shared: 0,
    entropyBits: 10,
    verdict: 'unique',
  });
});

test('a few that are alike among many are low', () => {
  const groups = [
    { rows: 1, of: 1000, tokens: 900 },
    { rows: 5, of: 1000, tokens: 20 },
  ];
  expect(spreadOf(groups)).toMatchObject({
    rows: 1000,
    tokens: 920,
    commonest: 5,
    shared: 100,
    frequent: 0,
    verdict: 'low',
  });
});

test('four values of one frequency are two bits, and guessable', () => {
  expect(spreadOf([{ rows: 250, of: 1000, tokens: 4 }])).toMatchObject({
    rows: 1000,
    shared: 1000,
    frequent: 1000,
    entropyBits: 2,
    verdict: 'guessable',
  });
});

test('one value that stands out among unique ones is guessable', () => {
  const groups = [
    { rows: 1, of: 1000, tokens: 990 },
    { rows: 10, of: 1000, tokens: 1 },
  ];
  expect(spreadOf(groups)).toMatchObject({
    frequent: 10,
    commonestShare: 0.01,
    verdict: 'guessable',
  });
  const fewer = [
    { rows: 1, of: 1000, tokens: 991 },
    { rows: 9, of: 1000, tokens: 1 },
  ];
  expect(spreadOf(fewer)).toMatchObject({ frequent: 0, verdict: 'low' });
});

test('tenants are weighed each by itself', () => {
  // two values in each of 1,000 tenants: one bit, however many tokens there are
  const groups = [{ rows: 10, of: 20, tokens: 2000 }];
  expect(spreadOf(groups)).toMatchObject({
    tokens: 2000,
    commonestShare: 0.5,
    entropyBits: 1,
    verdict: 'guessable',
  });
  // tenants of one row each are no pattern
  const single = [{ rows: 1, of: 1, tokens: 100 }];
  expect(spreadOf(single)).toMatchObject({ entropyBits: 0, verdict: 'unique' });
});
