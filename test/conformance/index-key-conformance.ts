import type { KeyStore } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyStoreFixture } from './key-store-conformance.ts';
import {
  alias,
  bytes,
  head,
  indexKey,
  KEY_ID,
  OTHER_KEY_ID,
  plain,
  registerKeys,
  sorted,
} from './sample-rows.ts';

/** What every key store keeps of index keys, whatever it is built on. */
export function describeIndexKeys(name: string, create: () => Promise<KeyStoreFixture>): void {
  describe(`index keys in a key store ${name}`, () => {
    let fixture: KeyStoreFixture;
    let store: KeyStore;
    let other: KeyStore;

    beforeEach(async () => {
      fixture = await create();
      ({ store, other } = fixture);
      await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await fixture.dispose();
    });

    it('index keys are read by ranges of places, both ends included, of the keys that were asked for', async () => {
      const at = (seed: number, place: number, more: object = {}) =>
        indexKey(seed, { place, scope: Uint8Array.of(0, seed), ...more });
      const last = 2_147_483_647;
      const rows = [at(1, 0), at(20, 9), at(40, 10), at(60, 20), at(80, 21), at(100, last)];
      await registerKeys(store, ...rows, at(120, 15, { key_id: OTHER_KEY_ID }));
      const read = async (...ranges: readonly [number, number, string?][]) => {
        const found = await other.readKeys(
          ranges.map(([from, to, keyId = KEY_ID]) => ({ table: 'index_key', keyId, from, to })),
        );
        return found.map(({ columns }) => columns.place).sort((a, b) => Number(a) - Number(b));
      };
      expect(await read([10, 20])).toEqual([10, 20]);
      expect(await read([0, 9], [21, last])).toEqual([0, 9, 21, last]);
      expect(await read([0, 10], [5, 20])).toEqual([0, 9, 10, 20]);
      expect(await read([11, 19])).toEqual([]);
      expect(await read([11, 19], [11, 19, OTHER_KEY_ID])).toEqual([15]);
    });

    it('generations of one scope are rows of their own', async () => {
      const rows = [indexKey(1), indexKey(40, { generation: 2 })];
      await registerKeys(store, ...rows);
      const found = await other.readKeys([
        { table: 'index_key', keyId: KEY_ID, from: 1000, to: 1000 },
      ]);
      expect(sorted(found)).toEqual(sorted(rows));
    });

    it.each([
      ['id', indexKey(1, { scope: Uint8Array.of(0, 9) })],
      ['key, scope and generation', indexKey(60)],
    ])('a change with an index key whose %s is taken writes nothing', async (_what, row) => {
      await registerKeys(store, indexKey(1));
      const change = {
        expectedEpoch: 2n,
        put: [alias('alias/late')],
        remove: [],
        head: head(3n),
        indexKeys: [indexKey(90, { scope: Uint8Array.of(0, 5) }), row],
      };
      await expect(other.writeControl(change)).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
      });
      expect(await store.readEpoch()).toBe(2n);
      expect((await store.readControl())?.rows).toEqual([]);
      const found = await store.readKeys([
        { table: 'index_key', keyId: KEY_ID, from: 0, to: 2_147_483_647 },
      ]);
      expect(found.map(plain)).toEqual([indexKey(1)]);
    });

    it('a change that comes too late leaves its index keys out as well', async () => {
      const late = {
        expectedEpoch: 7n,
        put: [],
        remove: [],
        head: head(8n),
        indexKeys: [indexKey(1)],
      };
      expect(await store.writeControl(late)).toBe(false);
      expect(await other.readKeys([{ table: 'index_key', id: bytes(16, 1) }])).toEqual([]);
    });
  });
}
