import { expect, it } from 'vitest';
import { migrationLock, rotationLocks } from './advisory-lock.ts';

const KEYS = Array.from(
  { length: 500 },
  (_, i) => `6f1b1f0e-6f0a-4e0c-9d55-${String(i).padStart(12, '0')}`,
);

it('a key has one number in a schema, another in another schema, and it is none of the migrations', () => {
  const [key = ''] = KEYS;
  const [lock] = rotationLocks('fieldseal', [key]);
  expect(rotationLocks('fieldseal', [key])).toEqual([lock]);
  expect(rotationLocks('other', [key])).not.toEqual([lock]);
  expect(migrationLock('fieldseal')).not.toBe(lock);
});

it('many keys take 64 numbers at most, each once, in one order whoever asks', () => {
  const locks = rotationLocks('fieldseal', KEYS);
  expect(locks).toHaveLength(64);
  expect(new Set(locks).size).toBe(64);
  expect(rotationLocks('fieldseal', KEYS.toReversed())).toEqual(locks);
  expect(locks.map(BigInt)).toEqual(locks.map(BigInt).toSorted((a, b) => Number(a - b)));
});

it('each number is one that PostgreSQL takes for a bigint', () => {
  for (const schema of ['a', 'b', 'c', 'd', 'e', 'f']) {
    for (const lock of rotationLocks(schema, KEYS)) {
      expect(BigInt.asIntN(64, BigInt(lock))).toBe(BigInt(lock));
    }
  }
});
