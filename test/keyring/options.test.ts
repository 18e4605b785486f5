import { initKeyStore, openKeyring } from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { expect, it } from 'vitest';
import { instrumentedStore } from './instrumented-store.ts';

const root = memoryRoot();
const NEVER = { read: async () => null };

/** An option, and values of it that are refused. */
const REFUSED: readonly (readonly [string, readonly object[]])[] = [
  ['store', [{ store: undefined }, { store: {} }, { store: null }]],
  ['roots', [{ roots: undefined }, { roots: [] }, { roots: [{}] }, { roots: [null] }]],
  ['roots', [{ roots: Array.from({ length: 17 }, () => root) }]],
  ['roots', [{ development: false, pin: `fsp1.${'A'.repeat(27)}` }]],
  ['environment', [{ environment: '' }, { environment: 'a b' }, { environment: 'a'.repeat(65) }]],
  ['environment', [{ environment: undefined }, { environment: 7 }]],
  ['development', [{ development: 'true' }, { development: 1 }, { development: null }]],
  ['anchor', [{ anchor: {} }, { anchor: NEVER }, { anchor: null }]],
  ['pin', [{ pin: '' }, { pin: 'fsp1.' }, { pin: 7 }, { pin: `fsp1.${'A'.repeat(28)}` }]],
  ['suite', [{ suite: 0 }, { suite: 3 }, { suite: '1' }]],
  ['createMissingAliases', [{ createMissingAliases: true, development: undefined }]],
  ['cache.maxAgeMs', [{ cache: { maxAgeMs: 4999 } }, { cache: { maxAgeMs: 3_600_001 } }]],
  ['cache.maxAgeMs', [{ cache: { maxAgeMs: Number.NaN } }, { cache: { maxAgeMs: '5000' } }]],
  ['cache.maxEntries', [{ cache: { maxEntries: 0 } }, { cache: { maxEntries: 100_001 } }]],
  ['cache.tenantShare', [{ cache: { tenantShare: 0 } }, { cache: { tenantShare: 1.1 } }]],
  [
    'cache.tenantShare',
    [{ cache: { tenantShare: '0.2' } }, { cache: { tenantShare: Number.NaN } }],
  ],
  ['cache.openStaleMs', [{ cache: { openStaleMs: -1 } }, { cache: { openStaleMs: 900_001 } }]],
  ['cache.sealStaleMs', [{ cache: { sealStaleMs: -1 } }, { cache: { sealStaleMs: 180_001 } }]],
  ['consistency', [{ consistency: 'eventual' }, { consistency: true }, { consistency: null }]],
  ['dataKeyMaxAgeDays', [{ dataKeyMaxAgeDays: 0 }, { dataKeyMaxAgeDays: 3651 }]],
  ['dataKeyMaxAgeDays', [{ dataKeyMaxAgeDays: 1.5 }, { dataKeyMaxAgeDays: '90' }]],
  ['cache.ttl', [{ cache: { ttl: 1 } }]],
  ['pollIntervalMs', [{ pollIntervalMs: 99 }, { pollIntervalMs: 10_001 }]],
  ['developement', [{ developement: true }]],
];
const each = REFUSED.flatMap(([option, all]) => all.map((given) => [option, given] as const));

it.each(each)('%s is refused as %j before the store is asked', async (option, given) => {
  const store = instrumentedStore();
  const unbound = option === 'createMissingAliases' ? { pin: `fsp1.${'A'.repeat(27)}` } : {};
  const device = { ...root, development: option !== 'createMissingAliases' };
  const options = { store, roots: [device], environment: 'test', development: true, ...unbound };
  await expect(openKeyring({ ...options, ...given } as never)).rejects.toMatchObject({
    code: 'ERR_CONFIG_INVALID',
    meta: { option },
  });
  expect(Object.values(store.calls)).toEqual([0, 0, 0, 0, 0, 0]);
});

it.each(['pin', 'cache', 'suite', 'pollIntervalMs'])(
  'initKeyStore refuses %s, which says nothing about a store',
  async (option) => {
    const store = instrumentedStore();
    const options = { store, roots: [root], environment: 'test', development: true };
    await expect(initKeyStore({ ...options, [option]: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option },
    });
    expect(Object.values(store.calls)).toEqual([0, 0, 0, 0, 0, 0]);
  },
);
