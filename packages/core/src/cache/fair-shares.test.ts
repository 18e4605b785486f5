import { describe, expect, it } from 'vitest';
import type { KeyCache } from './cached-keys.ts';
import { systemClock } from './clock.ts';
import { createKeyCache } from './key-cache.ts';

/** A cache of ten keys of which each tenant is sure of two; names are `<tenant>/<number>`. */
function tenCache(): KeyCache<string> & { use(...names: readonly string[]): Promise<void> } {
  const cache = createKeyCache<string>({
    maxEntries: 10,
    groupOf: (value) => (value.startsWith('-') ? undefined : value.split('/')[0]),
    share: 2,
    maxAgeMs: 300_000,
    refreshAheadMs: 10_000,
    negativeMs: 2000,
    clock: systemClock,
    load: async (names) =>
      new Map(names.map((name) => [name, { name, fingerprint: name, open: () => name }])),
    destroy() {},
  });
  return {
    ...cache,
    async use(...names) {
      for (const name of names) {
        const lent = cache.lend(name) ?? (await cache.fetch([name]))[0];
        if (lent != null && 'value' in lent) cache.release(lent);
      }
    },
  };
}

const numbered = (tenant: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${tenant}/${i}`);

function kept(cache: KeyCache<string>, names: readonly string[]): string[] {
  return names.filter((name) => {
    const lent = cache.lend(name);
    if (lent != null) cache.release(lent);
    return lent != null;
  });
}

describe('shares of tenants in a cache', () => {
  it('a tenant with thousands of keys pushes out nobody else', async () => {
    const cache = tenCache();
    const others = ['b/0', 'b/1', 'c/0', 'd/0', '-/0'];
    await cache.use(...others);
    await cache.use(...numbered('a', 3000));
    expect(kept(cache, others)).toEqual(others);
    expect(kept(cache, numbered('a', 3000))).toEqual([
      'a/2995',
      'a/2996',
      'a/2997',
      'a/2998',
      'a/2999',
    ]);
  });

  it('a tenant alone has the whole cache', async () => {
    const cache = tenCache();
    await cache.use(...numbered('a', 10));
    expect(kept(cache, numbered('a', 10))).toHaveLength(10);
    expect(cache.counters().evictions).toBe(0);
  });

  it('one that has more than its share makes room for the others, least recently used first', async () => {
    const cache = tenCache();
    await cache.use(...numbered('a', 10));
    await cache.use('a/0', 'b/0', 'b/1', '-/0');
    expect(kept(cache, numbered('a', 10))).toEqual(
      numbered('a', 10).filter((name) => !['a/1', 'a/2', 'a/3'].includes(name)),
    );
    expect(cache.counters().evictions).toBe(3);
  });

  it('where nobody has more than a share the least recently used of all makes room', async () => {
    const cache = tenCache();
    for (const tenant of ['a', 'b', 'c', 'd', 'e']) await cache.use(...numbered(tenant, 2));
    await cache.use('a/0', 'f/0');
    expect(kept(cache, ['a/0', 'a/1', 'b/0', 'f/0'])).toEqual(['a/0', 'b/0', 'f/0']);
  });

  it('names that were forgotten count no more', async () => {
    const cache = tenCache();
    await cache.use(...numbered('a', 5), ...numbered('b', 2));
    for (const name of numbered('a', 5)) cache.forget(name);
    await cache.use(...numbered('c', 2), ...numbered('d', 2), ...numbered('a', 4));
    expect(kept(cache, numbered('a', 4))).toHaveLength(4);
    await cache.use('e/0');
    expect(kept(cache, numbered('a', 4))).toEqual(['a/1', 'a/2', 'a/3']);
  });
});
