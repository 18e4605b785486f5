import { createMemoryStore, openKeyring } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { expect, test } from 'vitest';
import { checkKeyring } from '../../packages/jobs/src/doctor/check-keyring.ts';

test('doctor names the slots that nobody has opened for half a year', async () => {
  const clock = fixedClock(1_800_000_000_000);
  const keyring = await openKeyring({
    store: createMemoryStore(),
    roots: [memoryRoot()],
    environment: 'test',
    development: true,
    clock,
  });
  const found = () =>
    checkKeyring({ keyring, development: true, hasPin: false, hasAnchor: false }).find(
      ({ check }) => check === 'slot tests',
    );
  expect(found()).toMatchObject({ level: 'ok' });
  clock.step(181 * 86_400_000);
  const [slot] = keyring.listSlots();
  expect(found()).toMatchObject({
    level: 'warning',
    found: expect.stringContaining(slot?.id ?? 'no slot'),
    advice: expect.stringContaining('fieldseal slots test'),
  });
  await keyring.close();
});
