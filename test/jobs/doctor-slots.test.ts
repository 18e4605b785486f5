import { createMemoryStore, openKeyring, type Root } from '@fieldseal/core';
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

test('doctor warns of slots that are lost together, and of none for recovery', async () => {
  const options = { environment: 'test', development: true } as const;
  const levelWith = async (...more: Partial<Root>[]) => {
    const roots = more.map((each) => ({ ...memoryRoot(), ...each }));
    const keyring = await openKeyring({ ...options, store: createMemoryStore(), roots });
    const facts = { keyring, development: true, hasPin: false, hasAnchor: false };
    const found = checkKeyring(facts).find(({ check }) => check === 'root slots');
    await keyring.close();
    return [found?.level, found?.advice?.split(':')[0]];
  };
  const together = ['warning', 'the data is lost with that root'];
  expect(await levelWith({ recovery: true })).toEqual(together);
  const failureDomain = 'rack 7';
  expect(await levelWith({ failureDomain, recovery: true }, { failureDomain })).toEqual(together);
  expect(await levelWith({}, {})).toEqual(['warning', 'none of them is for recovery']);
  expect(await levelWith({ failureDomain }, { recovery: true })).toEqual(['ok', undefined]);
});
