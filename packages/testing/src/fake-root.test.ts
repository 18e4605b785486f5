import type { SlotContext } from '@fieldseal/core';
import { expect, test } from 'vitest';
import { fakeRoot } from './fake-root.ts';
import { memoryRoot } from './memory-root.ts';

const CONTEXT: SlotContext = {
  slotId: '0190f1c2-0000-7000-8000-000000000001',
  environment: 'test',
  rootGeneration: 1,
  commitment: new Uint8Array(32),
};
const KEY = new Uint8Array(32).fill(7);

test('a root without a fault opens what it sealed, and counts its calls', async () => {
  const root = fakeRoot(memoryRoot());
  const slot = await root.seal(KEY, CONTEXT);
  expect(await root.open(slot, CONTEXT)).toEqual(KEY);
  expect(root.calls()).toEqual({ seal: 1, open: 1 });
});

test('a slot of another root does not open', async () => {
  const slot = await memoryRoot().seal(KEY, CONTEXT);
  expect(await memoryRoot().open(slot, CONTEXT)).toBeNull();
});

test('each fault shows as the contract of roots says, until it is repaired', async () => {
  const root = fakeRoot(memoryRoot());
  const slot = await root.seal(KEY, CONTEXT);

  root.fail('unavailable');
  await expect(root.open(slot, CONTEXT)).rejects.toMatchObject({
    code: 'ERR_ROOT_UNAVAILABLE',
    retryable: true,
  });
  await expect(root.seal(KEY, CONTEXT)).rejects.toMatchObject({ code: 'ERR_ROOT_UNAVAILABLE' });
  root.fail('foreign');
  expect(await root.open(slot, CONTEXT)).toBeNull();
  root.fail('wrong-key');
  expect(await root.open(slot, CONTEXT)).not.toEqual(KEY);
  root.fail('crash');
  await expect(root.open(slot, CONTEXT)).rejects.toBeInstanceOf(TypeError);

  root.fail(undefined);
  expect(await root.open(slot, CONTEXT)).toEqual(KEY);
});
