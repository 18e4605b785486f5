import { createMemoryStore } from '@fieldseal/core';
import { describe, expect, test } from 'vitest';
import { faultyStore } from './faulty-store.ts';
import {
  checkpointsOf,
  entriesOf,
  isSound,
  openTrail,
  outcome,
  pass,
  use,
} from './trail-fixture.ts';

const BROKEN = { code: 'ERR_AUDIT_BROKEN', retryable: false };
const UNAVAILABLE = { code: 'ERR_AUDIT_UNAVAILABLE', retryable: true };

describe('signing', () => {
  test('ends are signed after so many entries, or after a minute if they grew', async () => {
    const fixture = await openTrail({ detail: 'operation', checkpointEvery: 10 });
    const { trail, store } = fixture;
    const signed = async () =>
      (await checkpointsOf(store, trail.chain)).map(({ columns }) => columns.sequence);
    for (let i = 0; i < 8; i++) trail.record(use());
    await trail.flush();
    expect(await signed()).toEqual([]);
    trail.record(use());
    await trail.flush();
    expect(await signed()).toEqual([10n]);
    trail.record(use());
    await trail.flush();
    await pass(fixture, 59_000);
    expect(await signed()).toEqual([10n]);
    await pass(fixture, 2000);
    expect(await signed()).toEqual([10n, 11n]);
    await pass(fixture, 200_000);
    expect(await signed()).toEqual([10n, 11n]);
    expect(await checkpointsOf(store, 'management')).toHaveLength(1);
  });

  test('a management chain that was cut or forged is signed by nobody, and stops the process', async () => {
    const short = createMemoryStore();
    const fixture = await openTrail({ detail: 'operation' });
    fixture.trail.record(use());
    await fixture.trail.flush();
    const [first] = await entriesOf(fixture.store, 'management');
    fixture.store.readAuditHead = async (chain) =>
      chain === 'management' ? null : short.readAuditHead(chain);
    await pass(fixture, 61_000);
    expect(() => fixture.trail.check()).toThrow(expect.objectContaining(BROKEN));
    await expect(fixture.trail.forChange()).rejects.toMatchObject(BROKEN);
    expect(await checkpointsOf(fixture.store, 'management')).toEqual([]);

    const forged = await openTrail();
    forged.store.readAuditHead = async () => ({ ...first!, rowMac: new Uint8Array(32) });
    forged.trail.record(use());
    expect(await outcome(forged, forged.trail.flush())).toMatchObject(BROKEN);
  });

  test('two trails with one process id do not share a chain', async () => {
    const first = await openTrail({ processId: 'same' });
    first.trail.record(use());
    await first.trail.flush();
    const second = await openTrail({ processId: 'same', store: first.store });
    second.trail.record(use());
    expect(await outcome(second, second.trail.flush())).toMatchObject(BROKEN);
    expect(() => second.trail.record(use())).toThrow(expect.objectContaining(BROKEN));
  });
});

describe('closing', () => {
  test('writes what waits, signs, and says in the management chain where the chain ends', async () => {
    const fixture = await openTrail({ processId: 'p' });
    const { trail, store } = fixture;
    trail.record(use());
    await trail.close();
    await trail.close();
    const last = (await entriesOf(store, 'management')).at(-1);
    expect(last?.columns.action).toBe('CloseAuditChain');
    expect(JSON.parse(String(last?.columns.details))).toMatchObject({
      chain: 'process-p',
      sequence: '2',
    });
    expect(await checkpointsOf(store, trail.chain)).toHaveLength(1);
    expect(() => trail.record(use())).toThrow(
      expect.objectContaining({ code: 'ERR_KEYRING_CLOSED' }),
    );
    await expect(trail.flush()).rejects.toMatchObject({ code: 'ERR_KEYRING_CLOSED' });
    expect(await isSound(fixture)).toBe(true);
  });

  test('a trail that had nothing to say leaves nothing', async () => {
    const { trail, store } = await openTrail();
    await trail.close();
    expect(await store.readAuditHeads({ after: '', limit: 10 })).toEqual([]);
  });

  test('fails within its deadlines when entries are lost', async () => {
    const faulty = faultyStore();
    const fixture = await openTrail({ store: faulty.store });
    faulty.fault = 'hang';
    fixture.trail.record(use());
    expect(await outcome(fixture, fixture.trail.close())).toMatchObject(UNAVAILABLE);
  });

  test.each([
    ['detail', { detail: 'everything' }],
    ['contexts', { contexts: 'none' }],
    ['whenUnavailable', { whenUnavailable: 'ignore' }],
    ['flushEveryMs', { flushEveryMs: 1 }],
    ['maxPending', { maxPending: 0.5 }],
    ['deadlineMs', { deadlineMs: Number.POSITIVE_INFINITY }],
  ])('an option %s out of its range is ERR_CONFIG_INVALID', async (name, options) => {
    await expect(openTrail(options as Parameters<typeof openTrail>[0])).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: `audit.${name}` },
    });
  });
});
