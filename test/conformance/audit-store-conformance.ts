import type { KeyStore } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyStoreFixture } from './key-store-conformance.ts';
import { auditCheckpoint, auditEntry, plainAudit } from './sample-audit.ts';
import { alias, head } from './sample-rows.ts';

const CONFLICT = { code: 'ERR_STORE_CONFLICT' };

/** What every key store keeps of the audit trail, whatever it is built on. */
export function describeAuditStore(name: string, create: () => Promise<KeyStoreFixture>): void {
  describe(`audit trail in a key store ${name}`, () => {
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

    const chain = async (of: string, after = 0n, limit = 1000) =>
      (await other.readAudit({ chain: of, after, limit })).map(plainAudit);

    it('a chain that nobody wrote has neither entries nor head', async () => {
      expect(await chain('management')).toEqual([]);
      expect(await store.readAuditHead('management')).toBeNull();
      expect(await store.readAuditHeads({ after: '', limit: 10 })).toEqual([]);
      expect(await store.readCheckpoints({ chain: 'management', after: 0n, limit: 10 })).toEqual(
        [],
      );
    });

    it('entries are read back as they were written, by number, in pages', async () => {
      const rows = [12n, 2n, 1n, 9n, 10n, 3n].map((sequence) => auditEntry('p-1', sequence));
      await store.appendAudit([...rows, auditEntry('p-2', 1n)]);
      const all = await chain('p-1');
      expect(all.map((row) => row.columns.sequence)).toEqual([1n, 2n, 3n, 9n, 10n, 12n]);
      expect(all[1]).toEqual(auditEntry('p-1', 2n));
      const page = await chain('p-1', 2n, 2);
      expect(page.map((row) => row.columns.sequence)).toEqual([3n, 9n]);
    });

    it('the head of a chain is its largest number, and the heads come by name in pages', async () => {
      // by bytes, not as a dictionary sorts
      const names = ['b', 'a-1', 'ab', 'a', 'a0'];
      for (const each of names) {
        await store.appendAudit([9n, 10n, 2n].map((sequence) => auditEntry(each, sequence)));
      }
      expect((await other.readAuditHead('a'))?.columns.sequence).toBe(10n);
      const heads = await other.readAuditHeads({ after: '', limit: 1000 });
      expect(heads.map(({ columns }) => [columns.chain, columns.sequence])).toEqual(
        ['a', 'a-1', 'a0', 'ab', 'b'].map((each) => [each, 10n]),
      );
      const rest = await other.readAuditHeads({ after: 'a-1', limit: 2 });
      expect(rest.map(({ columns }) => columns.chain)).toEqual(['a0', 'ab']);
    });

    it('a number that is taken refuses all rows of the call', async () => {
      await store.appendAudit([auditEntry('p-1', 1n)]);
      const late = [auditEntry('p-2', 1n), auditEntry('p-1', 1n, { action: 'Encrypt' })];
      await expect(other.appendAudit(late)).rejects.toMatchObject(CONFLICT);
      expect(await chain('p-2')).toEqual([]);
      expect(await chain('p-1')).toEqual([auditEntry('p-1', 1n)]);
      const twice = [auditEntry('p-3', 1n), auditEntry('p-3', 1n)];
      await expect(other.appendAudit(twice)).rejects.toMatchObject(CONFLICT);
      expect(await chain('p-3')).toEqual([]);
    });

    it('of two that continue a chain at once one succeeds', async () => {
      const calls = [store, other].map((each, i) =>
        each.appendAudit([auditEntry('p-1', 1n, { action: `Action${i}` })]),
      );
      const results = await Promise.allSettled(calls);
      const won = results.findIndex(({ status }) => status === 'fulfilled');
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await chain('p-1')).map((row) => row.columns.action)).toEqual([`Action${won}`]);
    });

    it('a control change is written with its entries', async () => {
      const change = {
        expectedEpoch: 1n,
        put: [alias('alias/a')],
        remove: [],
        head: head(2n),
        audit: [auditEntry('management', 1n), auditEntry('management', 2n)],
      };
      expect(await store.writeControl(change)).toBe(true);
      expect(await chain('management')).toEqual(change.audit);
      expect(await other.readEpoch()).toBe(2n);
    });

    it('a control change that lost its epoch leaves no entry', async () => {
      const change = { put: [], remove: [], head: head(8n), audit: [auditEntry('management', 1n)] };
      expect(await store.writeControl({ expectedEpoch: 7n, ...change })).toBe(false);
      expect(await chain('management')).toEqual([]);
    });

    it('a control change whose entry is taken changes nothing and is ERR_STORE_CONFLICT', async () => {
      await store.appendAudit([auditEntry('management', 1n)]);
      const change = {
        expectedEpoch: 1n,
        put: [alias('alias/a')],
        remove: [],
        head: head(2n),
        audit: [auditEntry('p-9', 1n), auditEntry('management', 1n, { action: 'Other' })],
      };
      await expect(other.writeControl(change)).rejects.toMatchObject(CONFLICT);
      const state = await store.readControl();
      expect(state?.head.epoch).toBe(1n);
      expect(state?.rows).toEqual([]);
      expect(await chain('p-9')).toEqual([]);
      expect(await chain('management')).toEqual([auditEntry('management', 1n)]);
    });

    it('there is one checkpoint of an entry: the first', async () => {
      expect(await store.writeCheckpoint(auditCheckpoint('p-1', 10n))).toBe(true);
      expect(await store.writeCheckpoint(auditCheckpoint('p-1', 9n))).toBe(true);
      expect(await other.writeCheckpoint(auditCheckpoint('p-1', 10n, 99))).toBe(false);
      const all = await other.readCheckpoints({ chain: 'p-1', after: 0n, limit: 10 });
      expect(all.map(plainAudit)).toEqual([
        auditCheckpoint('p-1', 9n),
        auditCheckpoint('p-1', 10n),
      ]);
      const page = await other.readCheckpoints({ chain: 'p-1', after: 9n, limit: 1 });
      expect(page.map((row) => row.columns.sequence)).toEqual([10n]);
    });

    it('what a caller does to the bytes that it was given does not reach the store', async () => {
      await store.appendAudit([auditEntry('p-1', 1n)]);
      for (const row of await store.readAudit({ chain: 'p-1', after: 0n, limit: 1 })) {
        row.rowMac.fill(0);
      }
      (await store.readAuditHead('p-1'))?.rowMac.fill(0);
      expect(await chain('p-1')).toEqual([auditEntry('p-1', 1n)]);
    });
  });
}
