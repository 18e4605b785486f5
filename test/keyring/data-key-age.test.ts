import { createMemoryStore, FieldsealError, type KeyringOptions } from '@fieldseal/core';
import { type FixedClock, fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { readDataKeys } from './insider.ts';
import { instrumentedStore } from './instrumented-store.ts';
import {
  activeDataKey,
  closeKeyringsAfterEach,
  FIELD,
  lease,
  openForTest,
  sealText,
} from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

/** Keyrings on one store, each with a clock of its own. */
function setUp() {
  const stored = createMemoryStore();
  const roots = [memoryRoot()];
  async function open(clock: FixedClock, given: Partial<KeyringOptions> = {}) {
    const store = instrumentedStore(stored);
    const keyring = await openForTest({
      store,
      roots,
      clock,
      environment: 'test',
      development: true,
      createMissingAliases: true,
      ...given,
    });
    return { store, keyring };
  }
  return { stored, open };
}

describe('a data key', () => {
  it('seals for 90 days; then the next write makes another, and what it sealed keeps opening', async () => {
    const { stored, open } = setUp();
    const clock = fixedClock(NOW);
    const { keyring } = await open(clock);
    const { id, cell } = await sealText(keyring, ALIAS, 'old');
    clock.advance(90 * DAY - 1);
    expect(await activeDataKey(keyring, ALIAS)).toBe(id);
    clock.advance(1);
    const next = await activeDataKey(keyring, ALIAS);
    expect(next).not.toBe(id);
    expect(await activeDataKey(keyring, ALIAS)).toBe(next);
    const states = (await readDataKeys(stored, id, next)).map(({ columns }) => columns.state);
    expect(states.toSorted()).toEqual(['ACTIVE', 'DECRYPT_ONLY']);
    const held = await lease(keyring, { open: [id] });
    expect(held.opening(id)?.cipher(FIELD, 2).openText(cell)).toBe('old');
    held.release();
    expect(keyring.listKeys()[0]?.versions).toHaveLength(1);
  });

  it('is judged by its stored time, also by a process that starts later', async () => {
    const { open } = setUp();
    const first = await activeDataKey((await open(fixedClock(NOW))).keyring, ALIAS);
    const later = await open(fixedClock(NOW + 91 * DAY));
    expect(await activeDataKey(later.keyring, ALIAS)).not.toBe(first);
  });

  it('seals for as long as the option says', async () => {
    const { open } = setUp();
    const clock = fixedClock(NOW);
    const { keyring } = await open(clock, { dataKeyMaxAgeDays: 1 });
    const first = await activeDataKey(keyring, ALIAS);
    clock.advance(DAY);
    expect(await activeDataKey(keyring, ALIAS)).not.toBe(first);
  });

  it('is followed by one, however many processes write at the same moment', async () => {
    const { stored, open } = setUp();
    const clock = fixedClock(NOW);
    const four = await Promise.all([open(clock), open(clock), open(clock), open(clock)]);
    const first = await activeDataKey(four[0].keyring, ALIAS);
    for (const { keyring } of four) expect(await activeDataKey(keyring, ALIAS)).toBe(first);
    clock.advance(90 * DAY);
    const all = four.flatMap(({ keyring }) => [keyring, keyring, keyring]);
    const next = new Set(await Promise.all(all.map((keyring) => activeDataKey(keyring, ALIAS))));
    expect(next.size).toBe(1);
    expect(next.has(first)).toBe(false);
    const [row] = await readDataKeys(stored, first);
    expect(row?.columns.state).toBe('DECRYPT_ONLY');
  });

  it('is made once more at most by processes whose clocks lie years apart', async () => {
    const { open } = setUp();
    const clocks = [fixedClock(NOW + 1000 * DAY), fixedClock(NOW)] as const;
    const ahead = await open(clocks[0]);
    const behind = await open(clocks[1]);
    await activeDataKey(behind.keyring, ALIAS);
    const settled = await activeDataKey(ahead.keyring, ALIAS);
    for (let i = 0; i < 5; i++) {
      // what waits for the trail has a deadline on the same clock
      for (const { keyring } of [ahead, behind]) await keyring.audit.flush();
      // what is cached is compared with the store again
      for (const clock of clocks) clock.advance(300_000);
      expect(await activeDataKey(behind.keyring, ALIAS)).toBe(settled);
      expect(await activeDataKey(ahead.keyring, ALIAS)).toBe(settled);
    }
  });

  it('that is too old is used for nothing new while the store is away', async () => {
    const { open } = setUp();
    const clock = fixedClock(NOW);
    const { store, keyring } = await open(clock);
    const id = await activeDataKey(keyring, ALIAS);
    clock.advance(90 * DAY - 60_000);
    expect(await activeDataKey(keyring, ALIAS)).toBe(id);
    store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
    clock.advance(60_000);
    await expect(activeDataKey(keyring, ALIAS)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
    });
    (await lease(keyring, { open: [id] })).release();
  });
});

it('an index key is never too old: tokens hang on it', async () => {
  const { open } = setUp();
  const clock = fixedClock(NOW);
  const { store, keyring } = await open(clock);
  (await lease(keyring, { index: [{ alias: ALIAS }] })).release();
  const { insertKeys } = store.calls;
  clock.advance(4000 * DAY);
  (await lease(keyring, { index: [{ alias: ALIAS }] })).release();
  expect(store.calls.insertKeys).toBe(insertKeys);
});
