import type { KeyStore } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyStoreFixture } from './key-store-conformance.ts';
import { alias, head, KEY_ID, OTHER_KEY_ID, oneOfEach } from './sample-rows.ts';

/** What every key store keeps of the guards of a rotation. */
export function describeRotationGuards(name: string, create: () => Promise<KeyStoreFixture>): void {
  describe(`guards of a rotation ${name}`, () => {
    let fixture: KeyStoreFixture;
    let store: KeyStore;
    let other: KeyStore;

    beforeEach(async () => {
      fixture = await create();
      ({ store, other } = fixture);
      await store.writeControl({
        expectedEpoch: null,
        put: oneOfEach(),
        remove: [],
        head: head(1n),
      });
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await fixture.dispose();
    });

    it('work for one key is done one after another, by all connections', async () => {
      let running = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        running += 1;
        most = Math.max(most, running);
        await store.readEpoch();
        running -= 1;
      };
      const all = [store, other, store, other, store, other];
      await Promise.all(all.map((each) => each.withRotationLock([KEY_ID], work)));
      expect(most).toBe(1);
    });

    it('work for keys in another order waits in no circle', async () => {
      const both = [KEY_ID, OTHER_KEY_ID];
      const work = () => store.readEpoch();
      const done = Array.from({ length: 6 }, (_, i) =>
        (i % 2 === 0 ? store : other).withRotationLock(
          i % 2 === 0 ? both : both.toReversed(),
          work,
        ),
      );
      expect(await Promise.all(done)).toEqual(Array(6).fill(1n));
    });

    it('what work comes to is the answer, also when it fails, and the next one goes on', async () => {
      await expect(store.withRotationLock([KEY_ID], async () => 7)).resolves.toBe(7);
      const failing = store.withRotationLock([KEY_ID], async () => {
        throw new RangeError('of the work');
      });
      await expect(failing).rejects.toThrow('of the work');
      await expect(other.withRotationLock([KEY_ID], async () => 8)).resolves.toBe(8);
    });

    it('work may change the store', async () => {
      const change = { expectedEpoch: 1n, put: [], remove: [], head: head(2n) };
      const written = store.withRotationLock([KEY_ID], () => store.writeControl(change));
      await expect(written).resolves.toBe(true);
      expect(await other.readEpoch()).toBe(2n);
    });

    it('a new row that is there already leaves everything as it was', async () => {
      const before = await store.readControl();
      const version = oneOfEach().find(({ table }) => table === 'key_version')!;
      const changed = {
        ...version,
        columns: { ...version.columns, commitment: new Uint8Array(32) },
      };
      const change = { expectedEpoch: 1n, put: [alias('alias/lost')], remove: [], head: head(2n) };
      await expect(other.writeControl({ ...change, add: [changed] })).rejects.toMatchObject({
        code: 'ERR_STORE_CONFLICT',
        meta: { table: 'key_version' },
      });
      expect(await store.readControl()).toEqual(before);
      const fresh = { ...version, columns: { ...version.columns, version: 99 } };
      expect(await other.writeControl({ ...change, add: [fresh] })).toBe(true);
      const { rows = [] } = (await store.readControl()) ?? {};
      expect(rows.map(({ columns }) => columns.version)).toContain(99);
      expect(rows.map(({ columns }) => columns.name)).toContain('alias/lost');
    });
  });
}
