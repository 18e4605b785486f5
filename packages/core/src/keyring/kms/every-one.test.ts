import { expect, it } from 'vitest';
import { everyOne } from './every-one.ts';

it('does something for all, one after another, and throws what the first failed with', async () => {
  const done: number[] = [];
  const all = everyOne([1, 2, 3, 4], async (item) => {
    await Promise.resolve();
    if (item % 2 === 0) throw new RangeError(`${item}`);
    done.push(item);
  });
  await expect(all).rejects.toThrow(new RangeError('2'));
  expect(done).toEqual([1, 3]);
});

it('throws nothing when nothing failed', async () => {
  const done: number[] = [];
  await everyOne(new Set([1, 2]), async (item) => void done.push(item));
  expect(done).toEqual([1, 2]);
});
