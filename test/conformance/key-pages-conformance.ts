import type { AuditRow, DataKeyRow, KeyPage, KeyRow, KeyStore } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyStoreFixture } from './key-store-conformance.ts';
import { auditEntry, plainAudit } from './sample-audit.ts';
import {
  bytes,
  dataKey,
  demoted,
  head,
  indexKey,
  KEY_ID,
  OTHER_KEY_ID,
  plain,
  registerKeys,
} from './sample-rows.ts';

/** The same row in another state, as a shredding or a revocation writes it. */
function inState(row: KeyRow, state: string, seed = 77): KeyRow {
  return { ...row, columns: { ...row.columns, state }, rowMac: bytes(32, seed) };
}

/** What every key store keeps of listing and rewriting key rows, and of the last use of a key. */
export function describeKeyPages(name: string, create: () => Promise<KeyStoreFixture>): void {
  describe(`key rows in pages in a key store ${name}`, () => {
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

    const insert = (rows: readonly DataKeyRow[]) => store.insertKeys(rows.map((row) => ({ row })));
    const read = async (row: KeyRow) => {
      const { table, columns } = row;
      const found = await other.readKeys([{ table, id: columns.id as Uint8Array }]);
      return found.map(plain);
    };

    describe('listing', () => {
      let scope = 0;
      const ofScope = (seed: number, tenant: string | null, subject: string | null = null) => {
        scope += 1;
        return dataKey(seed, { tenant, subject, scope: Uint8Array.of(3, scope) });
      };
      const list = async (which: object): Promise<KeyRow[]> => {
        const page = { table: 'data_key', after: null, limit: 1000, ...which } as KeyPage;
        return (await other.listKeys(page)).map(plain);
      };

      it('a tenant has the keys of its subjects as well, and of no other tenant', async () => {
        const mine = [ofScope(1, 'acme'), ofScope(2, 'acme', 'asha'), ofScope(3, 'acme', 'ravi')];
        const names = ['Acme', 'acme ', 'acm', '', "acme' OR true --", '%'];
        const others = names.map((tenant, i) => ofScope(4 + i, tenant, 'asha'));
        await insert([...others, ...mine, ofScope(20, null), ofScope(21, null, 'asha')]);
        expect(await list({ tenant: 'acme' })).toEqual(mine);
        expect(await list({ tenant: 'acme', subject: 'asha' })).toEqual([mine[1]]);
        for (const [i, tenant] of names.entries()) {
          expect(await list({ tenant })).toEqual([others[i]]);
        }
        expect(await list({ tenant: 'nobody' })).toEqual([]);
      });

      it('no tenant is a tenant of its own: it is not any, and not the text of it', async () => {
        const none = ofScope(1, null, 'asha');
        await insert([none, ofScope(2, 'null', 'asha'), ofScope(3, '', 'asha')]);
        expect(await list({ tenant: null, subject: 'asha' })).toEqual([none]);
        expect(await list({ tenant: null })).toEqual([none]);
      });

      it('rows come in every state, of every key, and of the one table that was asked', async () => {
        const row = ofScope(1, 'acme');
        const elsewhere = dataKey(2, {
          tenant: 'acme',
          key_id: OTHER_KEY_ID,
          scope: Uint8Array.of(9, 9),
        });
        const index = indexKey(3, { tenant: 'acme' });
        await insert([row, elsewhere]);
        await registerKeys(store, index);
        await store.replaceKeys([{ row: inState(row, 'SHREDDED'), expectedMac: row.rowMac }]);
        expect(await list({ tenant: 'acme' })).toEqual([inState(row, 'SHREDDED'), elsewhere]);
        expect(await list({ tenant: 'acme', table: 'index_key' })).toEqual([index]);
      });

      it('pages follow the bytes of the ids, whatever was inserted first', async () => {
        const ids = [[0xff], [0x80], [0x7f], [0x00], [0x0a], [0x41]].map((first) =>
          Uint8Array.from([...first, ...bytes(15, 1)]),
        );
        await insert(ids.map((id, i) => withId(ofScope(i, 'acme'), id)));
        const firstBytes = (rows: readonly KeyRow[]) =>
          rows.map(({ columns }) => (columns.id as Uint8Array)[0]);
        expect(firstBytes(await list({ tenant: 'acme' }))).toEqual([
          0, 0x0a, 0x41, 0x7f, 0x80, 0xff,
        ]);
        const seen: (number | undefined)[] = [];
        let after: Uint8Array | null = null;
        for (;;) {
          const rows = await list({ tenant: 'acme', limit: 2, after });
          const last = rows.at(-1);
          if (last === undefined) break;
          expect(rows.length).toBeLessThanOrEqual(2);
          seen.push(...firstBytes(rows));
          after = last.columns.id as Uint8Array;
        }
        expect(seen).toEqual([0, 0x0a, 0x41, 0x7f, 0x80, 0xff]);
      });

      it('what a caller does to a listed row does not reach the store', async () => {
        await insert([ofScope(1, 'acme')]);
        const page = { table: 'data_key', tenant: 'acme', after: null, limit: 1 } as const;
        const before = (await store.listKeys(page)).map(plain);
        for (const row of await store.listKeys(page)) row.rowMac.fill(0);
        expect((await store.listKeys(page)).map(plain)).toEqual(before);
      });
    });

    describe('rewriting', () => {
      it('of nothing, and of what is not there, writes nothing', async () => {
        expect(await store.replaceKeys([])).toBe(0);
        const row = dataKey(1);
        expect(await store.replaceKeys([{ row: demoted(row), expectedMac: row.rowMac }])).toBe(0);
        expect(await read(row)).toEqual([]);
      });

      it('is refused by a MAC that is not the stored one, a byte or a whole row away', async () => {
        const row = dataKey(1);
        await insert([row]);
        const nearly = Uint8Array.from(row.rowMac);
        nearly[31] = (nearly[31] ?? 0) ^ 1;
        for (const expectedMac of [nearly, bytes(32, 200), row.rowMac.subarray(1)]) {
          expect(await store.replaceKeys([{ row: demoted(row), expectedMac }])).toBe(0);
        }
        expect(await read(row)).toEqual([row]);
      });

      it('of the same row by two at once is done by one', async () => {
        const row = dataKey(1);
        await insert([row]);
        const [a, b] = [inState(row, 'REVOKED', 78), inState(row, 'SHREDDED', 79)];
        const results = await Promise.all([
          store.replaceKeys([{ row: a, expectedMac: row.rowMac }]),
          other.replaceKeys([{ row: b, expectedMac: row.rowMac }]),
        ]);
        expect(results.toSorted()).toEqual([0, 1]);
        expect(await read(row)).toEqual([results[0] === 1 ? a : b]);
      });

      it('twice in one call is done once: the second was computed from what is gone', async () => {
        const row = dataKey(1);
        await insert([row]);
        const [a, b] = [inState(row, 'REVOKED', 78), inState(row, 'SHREDDED', 79)];
        const both = [a, b].map((each) => ({ row: each, expectedMac: row.rowMac }));
        expect(await store.replaceKeys(both)).toBe(1);
        expect(await read(row)).toEqual([a]);
      });

      it('of an active row to another state leaves its scope to the next one', async () => {
        const row = dataKey(1);
        await insert([row]);
        await store.replaceKeys([{ row: inState(row, 'SHREDDED'), expectedMac: row.rowMac }]);
        const active = { table: 'data_key', keyId: KEY_ID, scope: Uint8Array.of(0, 0) } as const;
        expect(await other.readKeys([{ ...active, state: 'ACTIVE' }])).toEqual([]);
        const next = dataKey(50);
        expect((await insert([next])).map(plain)).toEqual([next]);
        expect(await read(row)).toEqual([inState(row, 'SHREDDED')]);
      });

      it('of an active row that stays active leaves it the active one', async () => {
        const row = dataKey(1);
        await insert([row]);
        const rewrapped = {
          ...inState(row, 'ACTIVE'),
          columns: { ...row.columns, key_version: 2 },
        };
        expect(await store.replaceKeys([{ row: rewrapped, expectedMac: row.rowMac }])).toBe(1);
        expect((await insert([dataKey(50)])).map(plain)).toEqual([rewrapped]);
      });

      it('of five hundred rows in both tables is one call', async () => {
        const dataKeys = Array.from({ length: 250 }, (_, i) =>
          withId(dataKey(1, { scope: Uint8Array.of(5, i) }), Uint8Array.of(1, i, ...bytes(14, 1))),
        );
        const indexKeys = Array.from({ length: 250 }, (_, i) =>
          withId(indexKey(1, { scope: Uint8Array.of(5, i) }), Uint8Array.of(2, i, ...bytes(14, 1))),
        );
        await insert(dataKeys);
        await registerKeys(store, ...indexKeys);
        const rows: readonly KeyRow[] = [...dataKeys, ...indexKeys];
        const replaced = rows.map((row) => ({
          row: inState(row, 'SHREDDED'),
          expectedMac: row.rowMac,
        }));
        expect(await store.replaceKeys(replaced)).toBe(500);
        expect(await other.replaceKeys(replaced)).toBe(0);
        for (const row of [rows[0], rows[250], rows[499]]) {
          if (row === undefined) throw new RangeError('No row');
          expect(await read(row)).toEqual([inState(row, 'SHREDDED')]);
        }
      });
    });

    describe('the last use of a key', () => {
      const used = (sequence: bigint, more: Partial<AuditRow['columns']>, chain = 'p-1') =>
        auditEntry(chain, sequence, { key_id: KEY_ID, occurred_at: sequence * 10n, ...more });
      const lastUse = async (actions: readonly string[], keyId: string = KEY_ID) => {
        const row = await other.readLastUse({ keyId, actions });
        return row === null ? null : plainAudit(row);
      };

      it('is none for a key that nobody used, for no actions, and for another key', async () => {
        expect(await lastUse(['Decrypt'])).toBeNull();
        await store.appendAudit([used(1n, {})]);
        expect(await lastUse([])).toBeNull();
        expect(await lastUse(['Encrypt'])).toBeNull();
        expect(await lastUse(['Decrypt'], OTHER_KEY_ID)).toBeNull();
        expect(await lastUse(['Decrypt'])).toEqual(used(1n, {}));
      });

      it('is the newest of all chains and actions that were asked for', async () => {
        const newest = used(7n, { action: 'Encrypt' }, 'p-2');
        await store.appendAudit([
          used(9n, { action: 'DescribeKey' }),
          newest,
          used(3n, {}),
          used(5n, {}, 'p-3'),
          used(8n, { key_id: OTHER_KEY_ID }),
        ]);
        expect(await lastUse(['Decrypt', 'Encrypt'])).toEqual(newest);
        expect(await lastUse(['Decrypt'])).toEqual(used(5n, {}, 'p-3'));
      });

      it('is when an entry of many operations ended, not when it began', async () => {
        const long = used(1n, { ended_at: 1000n });
        await store.appendAudit([long, used(2n, {}), used(3n, { ended_at: 999n })]);
        expect(await lastUse(['Decrypt'])).toEqual(long);
      });

      it('is no attempt that failed', async () => {
        await store.appendAudit([
          used(1n, {}),
          used(2n, { outcome: 'ERR_ACCESS_DENIED' }),
          used(3n, { outcome: 'ERR_DRY_RUN' }),
        ]);
        expect(await lastUse(['Decrypt'])).toEqual(used(1n, {}));
      });
    });
  });
}

function withId<Row extends KeyRow>(row: Row, id: Uint8Array): Row {
  return { ...row, columns: { ...row.columns, id } };
}
