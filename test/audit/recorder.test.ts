import { type AuditSink, auditLine, loggerSink } from '@fieldseal/core';
import { describe, expect, test, vi } from 'vitest';
import { faultyStore } from './faulty-store.ts';
import {
  change,
  checkpointsOf,
  entriesOf,
  isSound,
  openTrail,
  outcome,
  pass,
  secretsOf,
  use,
} from './trail-fixture.ts';

const UNAVAILABLE = { code: 'ERR_AUDIT_UNAVAILABLE', retryable: true };

describe('what is recorded', () => {
  test('uses alike within a minute are one entry, with their number and times', async () => {
    const fixture = await openTrail();
    const { trail, clock, store } = fixture;
    for (let i = 0; i < 10; i++) {
      trail.record(use());
      trail.record(use({ errorCode: 'AccessDeniedException', decision: 'DenyAll' }));
      trail.record(use({ principal: 'worker', operations: 5 }));
      clock.advance(1000);
    }
    await trail.flush();
    const [opening, ...entries] = await entriesOf(store, trail.chain);
    expect(opening?.columns).toMatchObject({ action: 'OpenAuditChain', principal: 'fieldseal' });
    const seen = entries.map(({ columns }) => [
      columns.principal,
      columns.outcome,
      columns.decision,
      columns.operations,
      (columns.ended_at as bigint) - (columns.occurred_at as bigint),
    ]);
    expect(seen).toEqual([
      ['api', 'Success', null, 10n, 9_000_000n],
      ['api', 'AccessDeniedException', 'DenyAll', 10n, 9_000_000n],
      ['worker', 'Success', null, 50n, 9_000_000n],
    ]);
    expect(await isSound(fixture)).toBe(true);
  });

  test('the minute is written by itself, and the next one is another entry', async () => {
    const fixture = await openTrail();
    for (let i = 0; i < 3; i++) {
      fixture.trail.record(use());
      await pass(fixture, 60_000);
    }
    const entries = await entriesOf(fixture.store, fixture.trail.chain);
    expect(entries.map(({ columns }) => columns.operations)).toEqual([1n, 1n, 1n, 1n]);
    expect(fixture.trail.counters()).toEqual({ pending: 0, lost: 0 });
  });

  test('with detail data-key the data key counts, with detail operation every operation', async () => {
    const one = { dataKeyId: new Uint8Array(16).fill(1), keyVersion: 3, context: { tenant: 'a' } };
    const two = { ...one, dataKeyId: new Uint8Array(16).fill(2) };
    const detailOf = async (detail: 'key' | 'data-key' | 'operation') => {
      const { trail, store } = await openTrail({ detail });
      for (const each of [one, one, two]) trail.record(use(each));
      await trail.flush();
      return (await entriesOf(store, trail.chain)).slice(1).map(({ columns }) => columns);
    };
    expect(await detailOf('key')).toMatchObject([{ operations: 3n, data_key_id: null }]);
    expect(await detailOf('data-key')).toMatchObject([
      { operations: 2n, data_key_id: one.dataKeyId, key_version: 3, context_hash: null },
      { operations: 1n, data_key_id: two.dataKeyId },
    ]);
    const single = await detailOf('operation');
    expect(single).toMatchObject([one, one, two].map((each) => ({ data_key_id: each.dataKeyId })));
    expect(single[0]?.context_hash).toEqual(secretsOf().audit.hashContext({ tenant: 'a' }));
    expect(single[0]?.context).toBeNull();
  });

  test('contexts stand in the clear only when that was asked for', async () => {
    const { trail, store } = await openTrail({ detail: 'operation', contexts: 'clear' });
    trail.record(use({ context: { tenant: 'acme', b: '2' } }));
    await trail.flush();
    const [, entry] = await entriesOf(store, trail.chain);
    expect(entry?.columns.context).toBe('{"b":"2","tenant":"acme"}');
    expect(entry?.columns.context_hash).toHaveLength(32);
  });

  test('no secret that came along is in any entry, line, log or error', async () => {
    const lines: string[] = [];
    const logger = loggerSink({
      info: (object, message) => lines.push(message, JSON.stringify(object)),
    });
    const fixture = await openTrail({ detail: 'operation', sinks: [logger] });
    const { trail, store } = fixture;
    const secret = 'Aadhaar 2345 6789 0123';
    const careless = {
      ...use({ context: { person: secret }, errorCode: `failed for ${secret}` }),
      plaintext: secret,
      cause: new RangeError(secret),
      key: Buffer.from(secret),
      dataKeyId: Buffer.from(secret),
    };
    trail.record(careless);
    await trail.close();
    const rows = [
      ...(await entriesOf(store, trail.chain)),
      ...(await entriesOf(store, 'management')),
      ...(await checkpointsOf(store, trail.chain)),
    ];
    const everything = [...rows.map(auditLine), ...lines].join('\n');
    const forms = [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
    ];
    for (const form of forms) expect(everything.includes(form)).toBe(false);
    expect(rows.find(({ columns }) => columns.action === 'Decrypt')?.columns.outcome).toBe(
      'ERR_INTERNAL',
    );
  });

  test('text that a database would refuse holds up nothing', async () => {
    const { trail, store } = await openTrail({ detail: 'operation' });
    trail.record(
      use({ principal: '', keyId: 'a\0b', requestId: 'x'.repeat(9000), action: '\ud800' }),
    );
    trail.record(use({ keyVersion: 0.5, dataKeyId: new Uint8Array(3), operations: -1 }));
    await trail.flush();
    const [, first, second] = await entriesOf(store, trail.chain);
    expect(first?.columns).toMatchObject({ principal: '-', key_id: 'a\ufffdb', action: '\ufffd' });
    expect(first?.columns.request_id).toHaveLength(256);
    expect(second?.columns).toMatchObject({ key_version: null, data_key_id: null, operations: 1n });
  });

  test('a clock that goes back leaves a trail that is sound, in the order of what happened', async () => {
    const fixture = await openTrail({ detail: 'operation' });
    const { trail, clock, store } = fixture;
    trail.record(use({ requestId: 'first' }));
    clock.step(-3_600_000);
    trail.record(use({ requestId: 'second' }));
    await pass(fixture, 1000);
    const [, first, second] = await entriesOf(store, trail.chain);
    expect([first?.columns.request_id, second?.columns.request_id]).toEqual(['first', 'second']);
    expect(second?.columns.occurred_at).toBeLessThan(first?.columns.occurred_at as bigint);
    const tally = await openTrail();
    tally.trail.record(use());
    tally.clock.step(-3_600_000);
    tally.trail.record(use());
    await pass(tally, 60_000);
    const [, entry] = await entriesOf(tally.store, tally.trail.chain);
    expect(entry?.columns.operations).toBe(2n);
    expect(entry?.columns.ended_at).toBeGreaterThan(entry?.columns.occurred_at as bigint);
    expect(await isSound(fixture)).toBe(true);
    expect(await isSound(tally)).toBe(true);
  });
});

describe('when the trail cannot be written', () => {
  test('operations go on for a minute, then fail closed, and go on when it can be', async () => {
    const faulty = faultyStore();
    const fixture = await openTrail({ store: faulty.store, detail: 'operation' });
    const { trail, store } = fixture;
    faulty.fault = 'fail';
    trail.record(use());
    const error = await outcome(fixture, trail.flush());
    expect(error).toMatchObject({ ...UNAVAILABLE, meta: { reason: 'store' } });
    expect(JSON.stringify(error)).not.toContain('secret');
    trail.record(use());
    await pass(fixture, 40_000);
    trail.check();
    await pass(fixture, 20_000);
    expect(() => trail.check()).toThrow(expect.objectContaining(UNAVAILABLE));
    expect(() => trail.record(use())).toThrow(expect.objectContaining(UNAVAILABLE));
    faulty.fault = 'none';
    await pass(fixture, 5000);
    trail.check();
    expect(await entriesOf(store, trail.chain)).toHaveLength(3);
    expect(trail.counters()).toEqual({ pending: 0, lost: 0 });
    expect(await isSound(fixture)).toBe(true);
  });

  test('a full buffer fails closed at once', async () => {
    const faulty = faultyStore();
    const fixture = await openTrail({ store: faulty.store, detail: 'operation', maxPending: 100 });
    faulty.fault = 'fail';
    for (let i = 0; i < 100; i++) fixture.trail.record(use());
    expect(() => fixture.trail.record(use())).toThrow(
      expect.objectContaining({ ...UNAVAILABLE, meta: { reason: 'FULL' } }),
    );
    faulty.fault = 'none';
    await pass(fixture, 3000);
    fixture.trail.record(use());
    await fixture.trail.close();
    expect(await entriesOf(fixture.store, fixture.trail.chain)).toHaveLength(102);
  });

  test('a busy minute is written before the buffer is full, and no timer is left over', async () => {
    const fixture = await openTrail({ detail: 'operation', maxPending: 100, flushEveryMs: 60_000 });
    const append = vi.spyOn(fixture.store, 'appendAudit');
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 90; i++) fixture.trail.record(use());
      await pass(fixture, 500);
      expect(fixture.trail.counters().pending).toBe(0);
    }
    append.mockClear();
    for (let minute = 0; minute < 3; minute++) {
      fixture.trail.record(use());
      await pass(fixture, 60_000);
    }
    expect(append).toHaveBeenCalledTimes(3);
  });

  test('told to continue, operations go on and one entry says how many left none', async () => {
    const faulty = faultyStore();
    const options = { detail: 'operation', maxPending: 100, whenUnavailable: 'continue' } as const;
    const fixture = await openTrail({ store: faulty.store, ...options });
    const { trail, store } = fixture;
    faulty.fault = 'fail';
    for (let i = 0; i < 130; i++) {
      trail.check();
      trail.record(use());
    }
    expect(trail.counters()).toEqual({ pending: 100, lost: 30 });
    // a change of a key never goes on without its entry
    await expect(trail.forChange(change(2n))).rejects.toMatchObject(UNAVAILABLE);
    faulty.fault = 'none';
    await pass(fixture, 5000);
    const last = (await entriesOf(store, trail.chain)).at(-1);
    expect(last?.columns).toMatchObject({
      action: 'AuditGap',
      operations: 30n,
      outcome: 'ERR_AUDIT_UNAVAILABLE',
    });
    expect(await isSound(fixture)).toBe(true);
  });

  test('a store that never answers costs a flush two seconds, and is asked again', async () => {
    const faulty = faultyStore();
    const fixture = await openTrail({ store: faulty.store });
    const { trail, clock, store } = fixture;
    faulty.fault = 'hang';
    trail.record(use());
    const began = clock.monotonic();
    let ended = 0;
    const flush = trail.flush().catch((error: unknown) => {
      ended = clock.monotonic();
      return error;
    });
    await pass(fixture, 4000);
    expect(await flush).toMatchObject({ ...UNAVAILABLE, meta: { reason: 'DEADLINE' } });
    expect(ended - began).toBe(2000);
    faulty.fault = 'none';
    expect(await outcome(fixture, trail.close())).toBe('done');
    expect(await entriesOf(store, trail.chain)).toHaveLength(2);
    expect(await isSound(fixture)).toBe(true);
  });

  test('entries whose answer was lost are not written twice', async () => {
    const faulty = faultyStore();
    const fixture = await openTrail({ store: faulty.store, detail: 'operation' });
    const { trail, store } = fixture;
    faulty.fault = 'lose';
    trail.record(use({ requestId: 'a' }));
    expect(await outcome(fixture, trail.flush())).toMatchObject(UNAVAILABLE);
    trail.record(use({ requestId: 'b' }));
    await outcome(fixture, trail.flush());
    faulty.fault = 'none';
    await pass(fixture, 3000);
    const seen = (await entriesOf(store, trail.chain)).map(({ columns }) => columns.request_id);
    expect(seen).toEqual([null, 'a', 'b']);
    expect(await entriesOf(store, 'management')).toHaveLength(1);
    expect(await isSound(fixture)).toBe(true);
  });

  test.each([
    ['before it is tried again', true],
    ['after another attempt has written it', false],
  ])('what comes too late, %s, is written once', async (_when, before) => {
    const faulty = faultyStore();
    const got: unknown[] = [];
    const sink: AuditSink = {
      name: 'mine',
      write: (rows) => void got.push(...rows.map(({ columns }) => columns.sequence)),
      checkpoint: () => {},
      close: () => {},
    };
    const options = { store: faulty.store, detail: 'operation', sinks: [sink] } as const;
    const fixture = await openTrail(options);
    const { trail, store } = fixture;
    // the opening of the chain, then a batch of entries
    for (const requestId of ['a', 'b']) {
      faulty.fault = 'late';
      trail.record(use({ requestId }));
      await pass(fixture, 3200);
      faulty.fault = 'none';
      if (before) faulty.release();
      await pass(fixture, 4000);
      faulty.release();
      await pass(fixture, 4000);
    }
    const seen = (await entriesOf(store, trail.chain)).map(({ columns }) => columns.request_id);
    expect(seen).toEqual([null, 'a', 'b']);
    expect(await entriesOf(store, 'management')).toHaveLength(1);
    expect(got).toEqual([1n, 1n, 2n, 3n]);
    trail.check();
    expect(await isSound(fixture)).toBe(true);
  });

  test('a sink that fails is as bad as a store, and gets everything in order afterwards', async () => {
    const got: unknown[] = [];
    let failing = true;
    const sink: AuditSink = {
      name: 'mine',
      write(rows) {
        if (failing) throw new RangeError('a message with a secret');
        got.push(...rows.map(({ columns }) => [columns.chain, columns.sequence]));
      },
      checkpoint: () => {},
      close: vi.fn(),
    };
    const fixture = await openTrail({ detail: 'operation', sinks: [sink], processId: 'p' });
    const { trail } = fixture;
    trail.record(use());
    const error = await outcome(fixture, trail.flush());
    expect(error).toMatchObject({ ...UNAVAILABLE, meta: { reason: 'mine' } });
    trail.record(use());
    await pass(fixture, 61_000);
    expect(() => trail.check()).toThrow(expect.objectContaining(UNAVAILABLE));
    failing = false;
    await pass(fixture, 2000);
    expect(got).toEqual([
      ['management', 1n],
      ['process-p', 1n],
      ['process-p', 2n],
      ['process-p', 3n],
    ]);
    await trail.close();
    expect(sink.close).toHaveBeenCalledOnce();
    expect(got.at(-1)).toEqual(['management', 2n]);
  });
});
