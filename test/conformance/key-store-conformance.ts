import type { ControlRow, KeyStore } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  alias,
  bytes,
  dataKey,
  demoted,
  head,
  indexKey,
  KEY_ID,
  OTHER_KEY_ID,
  oneOfEach,
  plain,
  registerKeys,
  sorted,
} from './sample-rows.ts';

/** Fresh, empty store and a second connection to the same one, as another process has it. */
export interface KeyStoreFixture {
  readonly store: KeyStore;
  readonly other: KeyStore;
  /** Frees what the fixture made; both stores are closed by the suite before. */
  readonly dispose: () => Promise<void>;
}

/** Every key store keeps this, whatever it is built on. */
export function describeKeyStore(name: string, create: () => Promise<KeyStoreFixture>): void {
  describe(`key store ${name}`, () => {
    let fixture: KeyStoreFixture;
    let store: KeyStore;
    let other: KeyStore;

    beforeEach(async () => {
      fixture = await create();
      ({ store, other } = fixture);
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await fixture.dispose();
    });

    async function initialise(rows: readonly ControlRow[] = [alias('alias/first')]): Promise<void> {
      const change = { expectedEpoch: null, put: rows, remove: [], head: head(1n) };
      expect(await store.writeControl(change)).toBe(true);
    }

    describe('control state', () => {
      it('a store that was never initialised has neither control state nor epoch', async () => {
        expect(await store.readControl()).toBeNull();
        expect(await store.readEpoch()).toBeNull();
        expect(await store.readHead()).toBeNull();
      });

      it('one row of every control table is read back as it was written, by every connection', async () => {
        await initialise(oneOfEach());
        for (const reader of [store, other]) {
          const state = await reader.readControl();
          expect(sorted(state?.rows ?? [])).toEqual(sorted(oneOfEach()));
          expect(state?.head.epoch).toBe(1n);
          expect(Uint8Array.from(state?.head.digest ?? [])).toEqual(head(1n).digest);
          expect(Uint8Array.from(state?.head.mac ?? [])).toEqual(head(1n).mac);
        }
      });

      it('of two first writes at once one succeeds and nothing of the other is kept', async () => {
        const changes = [store, other].map((each, i) =>
          each.writeControl({
            expectedEpoch: null,
            put: [alias(`alias/writer-${i}`)],
            remove: [],
            head: head(1n),
          }),
        );
        const results = await Promise.all(changes);
        expect(results.filter(Boolean)).toHaveLength(1);
        const state = await store.readControl();
        expect(state?.rows.map((row) => row.columns.name)).toEqual([
          `alias/writer-${results.indexOf(true)}`,
        ]);
      });

      it('a change computed from a passed epoch writes nothing', async () => {
        await initialise();
        const second = {
          expectedEpoch: 1n,
          put: [alias('alias/second')],
          remove: [],
          head: head(2n),
        };
        expect(await store.writeControl(second)).toBe(true);
        const late = {
          expectedEpoch: 1n,
          put: [alias('alias/late')],
          remove: [alias('alias/first')],
          head: head(2n),
        };
        expect(await other.writeControl(late)).toBe(false);
        const state = await other.readControl();
        expect(state?.rows.map((row) => row.columns.name).sort()).toEqual([
          'alias/first',
          'alias/second',
        ]);
      });

      it('a second initialisation writes nothing', async () => {
        await initialise();
        const again = { expectedEpoch: null, put: [alias('alias/x')], remove: [], head: head(1n) };
        expect(await other.writeControl(again)).toBe(false);
        expect((await store.readControl())?.rows).toHaveLength(1);
      });

      it('a change to a store that was never initialised writes nothing', async () => {
        const change = { expectedEpoch: 1n, put: [alias('alias/x')], remove: [], head: head(2n) };
        expect(await store.writeControl(change)).toBe(false);
        expect(await store.readControl()).toBeNull();
      });

      it('putting a row with a known key replaces it, removing takes it away, both with the head', async () => {
        await initialise([alias('alias/a'), alias('alias/b', KEY_ID, 2)]);
        const change = {
          expectedEpoch: 1n,
          put: [alias('alias/a', OTHER_KEY_ID, 3)],
          remove: [alias('alias/b', KEY_ID, 2)],
          head: head(2n),
        };
        expect(await store.writeControl(change)).toBe(true);
        const state = await other.readControl();
        expect(state?.rows.map(plain)).toEqual([alias('alias/a', OTHER_KEY_ID, 3)]);
        expect(state?.head.epoch).toBe(2n);
        expect(await other.readEpoch()).toBe(2n);
        expect(await other.readHead()).toEqual(head(2n));
      });

      it('epochs beyond 2^53 keep every digit', async () => {
        const epoch = 2n ** 60n + 1n;
        await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(epoch) });
        expect(await other.readEpoch()).toBe(epoch);
      });

      it('twenty writers that each retry on conflict lose no change', async () => {
        await initialise([]);
        const add = async (writer: KeyStore, i: number): Promise<void> => {
          for (;;) {
            const epoch = (await writer.readEpoch()) ?? 0n;
            const put = [alias(`alias/n${i}`, KEY_ID, i)];
            const change = { expectedEpoch: epoch, put, remove: [], head: head(epoch + 1n) };
            if (await writer.writeControl(change)) return;
          }
        };
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? store : other, i)),
        );
        const state = await store.readControl();
        expect(state?.rows).toHaveLength(20);
        expect(state?.head.epoch).toBe(21n);
      });
    });

    describe('key rows', () => {
      beforeEach(() => initialise([]));

      it('rows of both tables are read back as they were written, by id, scope and place', async () => {
        const rows = [dataKey(1), indexKey(40)];
        const winners = await store.insertKeys([{ row: dataKey(1) }]);
        expect(winners.map(plain)).toEqual([dataKey(1)]);
        await registerKeys(store, indexKey(40));
        const byId = await other.readKeys([
          { table: 'data_key', id: bytes(16, 1) },
          { table: 'index_key', id: bytes(16, 40) },
        ]);
        expect(sorted(byId)).toEqual(sorted(rows));
        const active = await other.readKeys([
          { table: 'index_key', keyId: KEY_ID, from: 0, to: 2_147_483_647 },
          { table: 'data_key', keyId: KEY_ID, scope: Uint8Array.of(0, 0), state: 'ACTIVE' },
        ]);
        expect(sorted(active)).toEqual(sorted(rows));
      });

      it('rows that do not exist are absent from the answer, the others are there', async () => {
        await store.insertKeys([{ row: dataKey(1) }]);
        const found = await store.readKeys([
          { table: 'data_key', id: bytes(16, 77) },
          { table: 'data_key', id: bytes(16, 1) },
          { table: 'index_key', id: bytes(16, 1) },
          { table: 'data_key', keyId: OTHER_KEY_ID, scope: Uint8Array.of(0, 0), state: 'ACTIVE' },
          { table: 'data_key', keyId: KEY_ID, scope: Uint8Array.of(0, 9), state: 'ACTIVE' },
        ]);
        expect(found.map(plain)).toEqual([dataKey(1)]);
      });

      it('a thousand ids are read in one call', async () => {
        await store.insertKeys([{ row: dataKey(1) }]);
        const selectors = Array.from({ length: 1000 }, (_, i) => ({
          table: 'data_key' as const,
          id: i === 500 ? bytes(16, 1) : Uint8Array.from({ length: 16 }, () => i % 251),
        }));
        expect((await store.readKeys(selectors)).map(plain)).toEqual([dataKey(1)]);
      });

      it('two writers that create the active key of one scope at once both get the same row', async () => {
        const [a, b] = await Promise.all([
          store.insertKeys([{ row: dataKey(1) }]),
          other.insertKeys([{ row: dataKey(50) }]),
        ]);
        expect(a.map(plain)).toEqual(b.map(plain));
        const read = await store.readKeys([
          { table: 'data_key', id: bytes(16, 1) },
          { table: 'data_key', id: bytes(16, 50) },
        ]);
        expect(read.map(plain)).toEqual(a.map(plain));
      });

      it('rows under one version of a key are listed in the order of their ids, page by page', async () => {
        const under = (seed: number, more: object) =>
          dataKey(seed, { scope: Uint8Array.of(0, seed), ...more });
        const mine = [under(1, {}), under(60, { tenant: 't' }), under(120, {})];
        const others = [under(20, { key_version: 2 }), under(80, { key_id: OTHER_KEY_ID })];
        await store.insertKeys([...others, ...mine].map((row) => ({ row })).reverse());
        const which = { table: 'data_key', keyId: KEY_ID, keyVersion: 1 } as const;
        const first = await other.listKeys({ ...which, after: null, limit: 2 });
        expect(first.map(plain)).toEqual(mine.slice(0, 2));
        const after = bytes(16, 60);
        const rest = await other.listKeys({ ...which, after, limit: 2 });
        expect(rest.map(plain)).toEqual(mine.slice(2));
        const none = await other.listKeys({ ...which, table: 'index_key', after: null, limit: 2 });
        expect(none).toEqual([]);
      });

      it('rows of one call are replaced unless their MAC has changed, each by itself', async () => {
        const rows = [1, 60, 120].map((seed) =>
          dataKey(seed, { scope: Uint8Array.of(0, seed), tenant: `t${seed}` }),
        );
        const index = indexKey(40);
        await store.insertKeys(rows.map((row) => ({ row })));
        await registerKeys(store, index);
        const renewed = [...rows, index].map((row, i) => ({
          ...row,
          columns: { ...row.columns, key_version: 2, wrapped: bytes(94, 200 + i) },
          rowMac: bytes(32, 210 + i),
        }));
        const [first, second, third, fourth] = renewed.map((row, i) => ({
          row,
          expectedMac: [...rows, index][i]!.rowMac,
        }));
        const stale = { ...second!, expectedMac: bytes(32, 7) };
        const absent = { row: dataKey(240), expectedMac: dataKey(240).rowMac };
        const demotion = { row: demoted(rows[2]!), expectedMac: rows[2]!.rowMac };
        expect(await other.replaceKeys([fourth!, stale, first!, absent, demotion, third!])).toBe(3);
        const read = await store.readKeys([
          ...rows.map(({ columns }) => ({
            table: 'data_key' as const,
            id: columns.id as Uint8Array,
          })),
          { table: 'index_key', id: bytes(16, 40) },
        ]);
        const expected = [renewed[0]!, rows[1]!, demoted(rows[2]!), renewed[3]!];
        expect(sorted(read)).toEqual(sorted(expected));
      });

      it('each insert of one call wins or loses by itself, in order', async () => {
        await store.insertKeys([{ row: dataKey(1) }]);
        const scope = Uint8Array.of(0, 7);
        const winners = await other.insertKeys([
          { row: dataKey(50) },
          { row: dataKey(60, { scope, tenant: 't-7' }) },
          { row: dataKey(70, { scope, tenant: 't-7' }) },
        ]);
        expect(winners.map(plain)).toEqual([
          dataKey(1),
          dataKey(60, { scope, tenant: 't-7' }),
          dataKey(60, { scope, tenant: 't-7' }),
        ]);
      });

      it('the same scope under another key, and the other table, have active rows of their own', async () => {
        const rows = [dataKey(1), dataKey(50, { key_id: OTHER_KEY_ID })];
        await registerKeys(store, indexKey(90, { scope: Uint8Array.of(0, 0), tenant: null }));
        const winners = await store.insertKeys(rows.map((row) => ({ row })));
        expect(winners.map(plain)).toEqual(rows);
      });

      it('an insert that demotes makes the new row active and keeps the old one readable', async () => {
        const old = dataKey(1);
        await store.insertKeys([{ row: old }]);
        const fresh = dataKey(50, { key_version: 2 });
        const winners = await other.insertKeys([
          { row: fresh, demote: { row: demoted(old), expectedMac: old.rowMac } },
        ]);
        expect(winners.map(plain)).toEqual([fresh]);
        const byId = await store.readKeys([{ table: 'data_key', id: bytes(16, 1) }]);
        expect(byId.map(plain)).toEqual([demoted(old)]);
        const active = await store.readKeys([
          { table: 'data_key', keyId: KEY_ID, scope: Uint8Array.of(0, 0), state: 'ACTIVE' },
        ]);
        expect(active.map(plain)).toEqual([fresh]);
      });

      it('of two writers that demote the same row at once both get the same new row', async () => {
        const old = dataKey(1);
        await store.insertKeys([{ row: old }]);
        const demote = { row: demoted(old), expectedMac: old.rowMac };
        const [a, b] = await Promise.all([
          store.insertKeys([{ row: dataKey(50, { key_version: 2 }), demote }]),
          other.insertKeys([{ row: dataKey(60, { key_version: 2 }), demote }]),
        ]);
        expect(a.map(plain)).toEqual(b.map(plain));
        expect(a[0]?.columns.key_version).toBe(2);
        const both = await store.readKeys([
          { table: 'data_key', id: bytes(16, 50) },
          { table: 'data_key', id: bytes(16, 60) },
        ]);
        expect(both).toHaveLength(1);
      });

      it('a demotion computed from a row that has changed since writes nothing', async () => {
        const old = dataKey(1);
        await store.insertKeys([{ row: old }]);
        const stale = { row: demoted(old), expectedMac: bytes(32, 200) };
        const winners = await other.insertKeys([{ row: dataKey(50), demote: stale }]);
        expect(winners.map(plain)).toEqual([old]);
        const read = await store.readKeys([
          { table: 'data_key', id: bytes(16, 1) },
          { table: 'data_key', id: bytes(16, 50) },
        ]);
        expect(read.map(plain)).toEqual([old]);
      });
    });

    it('what a caller does to the bytes that it was given does not reach the store', async () => {
      await initialise([alias('alias/a')]);
      await store.insertKeys([{ row: dataKey(1) }]);
      const selector = { table: 'data_key', id: bytes(16, 1) } as const;
      for (const row of await store.readKeys([selector])) row.rowMac.fill(0);
      for (const row of (await store.readControl())?.rows ?? []) row.rowMac.fill(0);
      expect((await store.readKeys([selector])).map(plain)).toEqual([dataKey(1)]);
      expect((await store.readControl())?.rows.map(plain)).toEqual([alias('alias/a')]);
    });

    it('a watcher is told of a control change and of a new key made elsewhere, until it leaves', async () => {
      await initialise([]);
      let hints = 0;
      const leave = store.watch(() => {
        hints += 1;
      });
      // A hint may arrive late or, through a pooler, never listen at once: ask until it is there.
      const told = async (change: () => Promise<unknown>): Promise<void> => {
        const before = hints;
        await expect
          .poll(
            async () => {
              if (hints === before) await change();
              return hints > before;
            },
            { timeout: 5000, interval: 50 },
          )
          .toBe(true);
      };
      let epoch = 1n;
      await told(async () => {
        const change = { expectedEpoch: epoch, put: [], remove: [], head: head(epoch + 1n) };
        if (await other.writeControl(change)) epoch += 1n;
      });
      let seed = 100;
      await told(() => {
        seed += 1;
        const scope = Uint8Array.of(1, seed);
        return other.insertKeys([{ row: dataKey(seed, { scope }) }]);
      });
      leave();
      leave();
    });

    it('closing twice is the same as closing once', async () => {
      await store.close();
      await expect(store.close()).resolves.toBeUndefined();
    });
  });
}
