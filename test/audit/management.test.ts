import { createMemoryStore } from '@fieldseal/core';
import { describe, expect, test } from 'vitest';
import { head } from '../conformance/sample-rows.ts';
import { change, entriesOf, isSound, manage, openTrail, use } from './trail-fixture.ts';

describe('management entries', () => {
  test('stand in the store with their change and name the epoch that it made', async () => {
    const fixture = await openTrail();
    const details = { alias: 'alias/kyc', days: 30, dryRun: false };
    await manage(fixture, { action: 'ScheduleKeyDeletion', details, requestId: 'r-1' });
    const [entry] = await entriesOf(fixture.store, 'management');
    expect(entry?.columns).toMatchObject({
      sequence: 1n,
      principal: 'admin',
      action: 'ScheduleKeyDeletion',
      epoch: 2n,
      read_only: false,
      operations: 1n,
      details: '{"alias":"alias/kyc","days":30,"dryRun":false}',
      request_id: 'r-1',
    });
    expect(await fixture.store.readEpoch()).toBe(2n);
    expect(await isSound(fixture)).toBe(true);
  });

  test('several entries of one change are one after another', async () => {
    const { trail, store } = await openTrail();
    const audit = await trail.forChange(change(2n), change(2n, { action: 'CreateAlias' }));
    await store.writeControl({ expectedEpoch: 1n, put: [], remove: [], head: head(2n), audit });
    const entries = await entriesOf(store, 'management');
    expect(entries.map(({ columns }) => columns.sequence)).toEqual([1n, 2n]);
    expect(entries[1]?.columns.previous).toEqual(entries[0]?.columns.hash);
  });

  test('of two processes that change at once the second computes its entry anew', async () => {
    const first = await openTrail();
    const second = await openTrail({ store: first.store });
    const [mine, theirs] = [
      await first.trail.forChange(change(2n)),
      await second.trail.forChange(change(2n)),
    ];
    const write = (audit: typeof mine) =>
      first.store.writeControl({ expectedEpoch: 1n, put: [], remove: [], head: head(2n), audit });
    expect(await write(mine)).toBe(true);
    expect(await write(theirs)).toBe(false);
    await manage(second);
    expect(await entriesOf(first.store, 'management')).toHaveLength(2);
    expect(await isSound(first)).toBe(true);
  });

  test('a chain that is opened between entry and change makes the change a conflict, whole', async () => {
    const first = await openTrail();
    const second = await openTrail({ store: first.store });
    const audit = await first.trail.forChange(change(2n));
    second.trail.record(use());
    await second.trail.flush();
    const stale = { expectedEpoch: 1n, put: [], remove: [], head: head(2n), audit };
    await expect(first.store.writeControl(stale)).rejects.toMatchObject({
      code: 'ERR_STORE_CONFLICT',
      retryable: true,
    });
    expect(await first.store.readEpoch()).toBe(1n);
    await manage(first);
    expect(await isSound(first)).toBe(true);
  });

  test('a change that left no entry is found by the next one', async () => {
    const fixture = await openTrail();
    await manage(fixture);
    await fixture.store.writeControl({ expectedEpoch: 2n, put: [], remove: [], head: head(3n) });
    expect(await isSound(fixture)).toBe(false);
    await manage(fixture);
    expect(await isSound(fixture)).toBe(false);
  });

  test('of changes that the store has not any more stop the next one, and are found', async () => {
    const fixture = await openTrail();
    await manage(fixture);
    await manage(fixture, { action: 'RevokeGrant' });
    const restored = createMemoryStore();
    await restored.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
    await restored.appendAudit(await entriesOf(fixture.store, 'management'));
    const other = await openTrail({ store: restored });
    expect(await other.trail.newestEpoch()).toBe(3n);
    await expect(manage(other)).rejects.toMatchObject({
      code: 'ERR_STORE_ROLLED_BACK',
      meta: { epoch: 1n },
    });
    expect(await entriesOf(restored, 'management')).toHaveLength(2);
    expect(await isSound(other)).toBe(false);
    expect(await isSound(fixture)).toBe(true);
  });

  test('parameters that no entry can hold refuse the change', async () => {
    const { trail } = await openTrail();
    const details = { policy: 'x'.repeat(9000) };
    await expect(trail.forChange(change(2n, { details }))).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'details' },
    });
  });

  test('changes and uses of many processes make one sound trail', async () => {
    const first = await openTrail();
    const others = await Promise.all(
      Array.from({ length: 4 }, () => openTrail({ store: first.store })),
    );
    for (const fixture of others) fixture.trail.record(use());
    await Promise.all(others.map(({ trail }) => trail.flush()));
    for (const fixture of [first, ...others]) await manage(fixture);
    await Promise.all(others.map(({ trail }) => trail.close()));
    expect(await isSound(first)).toBe(true);
    expect(await entriesOf(first.store, 'management')).toHaveLength(5 + 2 * 4);
  });
});
