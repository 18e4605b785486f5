import type { Keyring, KeyringOptions } from '@fieldseal/core';
import { createMemoryStore } from '@fieldseal/core';
import { fixedClock, memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { instrumentedStore } from './instrumented-store.ts';
import { closeKeyringsAfterEach, lease, openForTest, sealText } from './open-keyrings.ts';

closeKeyringsAfterEach();

const ALIAS = 'alias/kyc';
const MAX_ENTRIES = 20;
const FLOOD = 3 * MAX_ENTRIES;

/** Data keys of subjects of tenants, made by one process and used by another with a small cache. */
async function shop(cache: NonNullable<KeyringOptions['cache']>) {
  const stored = createMemoryStore();
  const options = {
    roots: [memoryRoot()],
    environment: 'test',
    clock: fixedClock(1_700_000_000_000),
    development: true,
    createMissingAliases: true,
  };
  const maker = await openForTest({ ...options, store: stored });
  const keysOf = async (tenant: string, count: number): Promise<readonly string[]> => {
    const subjects = Array.from({ length: count }, (_, i) => `subject-${i}`);
    const made = subjects.map((subject) => sealText(maker, ALIAS, 'x', { tenant, subject }));
    return (await Promise.all(made)).map(({ id }) => id);
  };
  const small = await keysOf('small', 3);
  const large = await keysOf('large', FLOOD);
  const store = instrumentedStore(stored);
  const keyring = await openForTest({
    ...options,
    store,
    cache: { maxEntries: MAX_ENTRIES, ...cache },
  });
  /** How many of these keys were not in memory when each was opened under. */
  async function missing(ids: readonly string[]): Promise<number> {
    const before = store.calls.readKeys;
    for (const id of ids) (await lease(keyring, { open: [id] })).release();
    return store.calls.readKeys - before;
  }
  return { keyring, small, large, missing };
}

const kept = (keyring: Keyring): number => keyring.counters().cache.entries;

describe('the share of a tenant in the cache of a keyring', () => {
  it('is still there after another tenant opened under three times as many keys as the cache holds', async () => {
    const { keyring, small, large, missing } = await shop({ tenantShare: 0.2 });
    expect(await missing(small)).toBe(3);
    expect(await missing(large)).toBe(FLOOD);
    expect(kept(keyring)).toBeLessThanOrEqual(MAX_ENTRIES);
    expect(await missing(small)).toBe(0);
  });

  it('survives calls that open under many keys at once, and writes of the other tenant', async () => {
    const { keyring, small, large, missing } = await shop({ tenantShare: 0.2 });
    expect(await missing(small)).toBe(3);
    for (let at = 0; at < FLOOD; at += 15) {
      (await lease(keyring, { open: large.slice(at, at + 15) })).release();
    }
    for (let i = 0; i < FLOOD; i++) {
      await sealText(keyring, ALIAS, 'y', { tenant: 'large', subject: `subject-${i}` });
    }
    expect(await missing(small)).toBe(0);
  });

  it('is won back from a tenant that has filled the cache before', async () => {
    const { small, large, missing } = await shop({ tenantShare: 0.2 });
    expect(await missing(large)).toBe(FLOOD);
    expect(await missing(small)).toBe(3);
    expect(await missing(large)).toBeGreaterThan(0);
    expect(await missing(small)).toBe(0);
  });

  it('is what keeps them: where one tenant may have all of the cache, the flood takes it', async () => {
    const { small, large, missing } = await shop({ tenantShare: 1 });
    expect(await missing(small)).toBe(3);
    expect(await missing(large)).toBe(FLOOD);
    expect(await missing(small)).toBe(3);
  });

  it('bounds no tenant that is alone', async () => {
    const { large, missing } = await shop({ tenantShare: 0.2 });
    const some = large.slice(0, MAX_ENTRIES);
    expect(await missing(some)).toBe(MAX_ENTRIES);
    expect(await missing(some)).toBe(0);
  });
});
