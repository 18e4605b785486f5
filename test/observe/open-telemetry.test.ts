import { createMemoryStore, FieldsealError, initKeyStore, type Keyring } from '@fieldseal/core';
import { fakeRoot, fixedClock, memoryRoot, testKeyring } from '@fieldseal/testing';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instrumentedStore } from '../keyring/instrumented-store.ts';
import { cardsOf } from './cards.ts';
import { type Measured, type Sdk, startSdk } from './sdk.ts';

let sdk: Sdk;
const keyrings: Keyring[] = [];

beforeEach(() => {
  sdk = startSdk();
});

afterEach(async () => {
  await Promise.all(keyrings.splice(0).map((keyring) => keyring.close()));
  await sdk.stop();
});

async function open(options: Parameters<typeof testKeyring>[0] = {}): Promise<Keyring> {
  const keyring = await testKeyring(options);
  keyrings.push(keyring);
  return keyring;
}

async function measured(name: string): Promise<readonly Measured[]> {
  return (await sdk.collect()).filter((one) => one.name === name);
}

/** The one number of a metric that is split by nothing but the environment. */
async function numberOf(name: string): Promise<unknown> {
  const [one, ...more] = await measured(name);
  expect(more).toEqual([]);
  return one?.value;
}

function spansOf(name: string) {
  return sdk.spans.getFinishedSpans().filter((span) => span.name === name);
}

test('cells that are sealed, looked up and opened are counted, and their time is', async () => {
  const cards = cardsOf(await open());
  await cards.seal();
  await cards.lookup();
  await cards.open(3);
  expect(await numberOf('fieldseal.cell.sealed')).toBe(1);
  expect(await numberOf('fieldseal.lookup.made')).toBe(1);
  expect(await numberOf('fieldseal.cell.opened')).toBe(3);
  expect(await numberOf('fieldseal.seal.duration')).toMatchObject({ count: 2 });
  expect(await numberOf('fieldseal.open.duration')).toMatchObject({ count: 1 });
  const [duration] = await measured('fieldseal.open.duration');
  expect(duration).toMatchObject({ unit: 's', attributes: { 'fieldseal.environment': 'test' } });
});

test('a result set is one span, however many rows it has', async () => {
  const cards = cardsOf(await open());
  await cards.seal();
  await cards.open(50);
  const [span, ...more] = spansOf('fieldseal.open');
  expect(more).toEqual([]);
  expect(span?.attributes).toEqual({
    'fieldseal.environment': 'test',
    'fieldseal.operation': 'Card.findMany',
    'fieldseal.rows': 50,
    'fieldseal.cells': 50,
  });
});

test('loads and calls of the store stand below the call that needs them, in the trace of the application', async () => {
  const cards = cardsOf(await open());
  const tracer = trace.getTracer('test');
  await tracer.startActiveSpan('request', async (span) => {
    await cards.seal();
    span.end();
  });
  const spans = new Map(
    sdk.spans.getFinishedSpans().map((span) => [span.spanContext().spanId, span]),
  );
  const parents = (name: string): (string | undefined)[] =>
    spansOf(name).map(({ parentSpanContext }) => spans.get(parentSpanContext?.spanId ?? '')?.name);
  expect(parents('fieldseal.seal')).toEqual(['request']);
  expect(new Set(parents('fieldseal.load'))).toEqual(new Set(['fieldseal.seal']));
  expect(parents('fieldseal.store')).toContain('fieldseal.load');
});

test('a look at the store on a timer makes no trace of its own', async () => {
  const clock = fixedClock();
  await open({ clock });
  const before = spansOf('fieldseal.store').length;
  const looks = async (): Promise<number> => {
    const durations = await measured('fieldseal.store.duration');
    const [look] = durations.filter(
      ({ attributes }) => attributes['fieldseal.call'] === 'readHead',
    );
    return (look?.value as { count: number } | undefined)?.count ?? 0;
  };
  const atStart = await looks();
  clock.advance(5000);
  await expect.poll(looks).toBe(atStart + 1);
  expect(spansOf('fieldseal.store')).toHaveLength(before);
});

test('keys that are unwrapped are counted by kind and key, and only once while they are cached', async () => {
  const keyring = await open();
  const cards = cardsOf(keyring);
  await cards.seal();
  await cards.open(2);
  const [{ keyId = '' } = {}] = keyring.listKeys();
  const counts = (await measured('fieldseal.key.unwrapped')).map(({ value, attributes }) => ({
    value,
    kind: attributes['fieldseal.key.kind'],
    keyId: attributes['fieldseal.key.id'],
  }));
  expect(counts).toHaveLength(3);
  expect(counts).toEqual(
    expect.arrayContaining([
      { value: 1, kind: 'key-version', keyId },
      { value: 1, kind: 'data-key', keyId },
      { value: 1, kind: 'index-key', keyId },
    ]),
  );
});

test('calls of the root are counted, and those that fail say why', async () => {
  const store = createMemoryStore();
  const root = fakeRoot(memoryRoot());
  await open({ store, roots: [root] });
  const first = await measured('fieldseal.root.called');
  const callsOf = (call: string): readonly Measured[] =>
    first.filter(({ attributes }) => attributes['fieldseal.call'] === call);
  expect(callsOf('seal').map(({ value }) => value)).toEqual([root.calls().seal]);
  expect(callsOf('open').map(({ value }) => value)).toEqual([root.calls().open]);
  root.fail('foreign');
  await expect(open({ store, roots: [root] })).rejects.toMatchObject({ code: 'ERR_WRONG_ROOT' });
  root.fail('crash');
  await expect(open({ store, roots: [root] })).rejects.toMatchObject({
    code: 'ERR_ROOT_UNAVAILABLE',
  });
  const spans = spansOf('fieldseal.root').map(({ attributes }) => attributes);
  expect(spans.at(-2)).toMatchObject({
    'fieldseal.call': 'open',
    'fieldseal.root.kind': root.kind,
    'fieldseal.root.opened': false,
  });
  expect(spans.at(-1)).toMatchObject({ 'error.type': 'ERR_INTERNAL' });
});

test('the calls that make a store ready are counted as well', async () => {
  const root = fakeRoot(memoryRoot());
  const store = createMemoryStore();
  await initKeyStore({ store, roots: [root], environment: 'test', development: true });
  const calls = (await measured('fieldseal.root.called')).map(({ value, attributes }) => [
    attributes['fieldseal.call'],
    value,
  ]);
  expect(calls).toEqual([
    ['seal', root.calls().seal],
    ['open', root.calls().open],
  ]);
});

test('an operation of the key service is a span with its name in AWS KMS', async () => {
  const keyring = await open();
  const { keyId } = await keyring.createKey();
  await keyring.kms.disableKey({ KeyId: keyId });
  await expect(
    keyring.kms.encrypt({ KeyId: keyId, Plaintext: new Uint8Array(4) }),
  ).rejects.toMatchObject({ code: 'ERR_KEY_DISABLED' });
  const spans = spansOf('fieldseal.kms');
  expect(spans.map(({ attributes }) => attributes['fieldseal.operation'])).toEqual([
    'CreateKey',
    'DisableKey',
    'Encrypt',
  ]);
  expect(spans[2]?.attributes).toMatchObject({
    'fieldseal.key.id': keyId,
    'error.type': 'ERR_KEY_DISABLED',
  });
  expect(spans[2]?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(spans[2]?.events).toEqual([]);
});

test('what the keyring manages by itself is told like the key service', async () => {
  const keyring = await open();
  await cardsOf(keyring).seal();
  await keyring.rotateKey('alias/cards');
  await keyring.runDue();
  await expect(keyring.setPhase('Card.number', 'sealed')).rejects.toMatchObject({
    code: 'ERR_FIELD_UNKNOWN',
  });
  const told = spansOf('fieldseal.kms').map(({ attributes }) => [
    attributes['fieldseal.operation'],
    attributes['error.type'],
  ]);
  expect(told).toEqual([
    ['RotateKeyOnDemand', undefined],
    ['RunDue', undefined],
    ['SetPhase', 'ERR_FIELD_UNKNOWN'],
  ]);
});

test('cells of a call that failed are not counted, its time is', async () => {
  const cards = cardsOf(await open());
  await cards.seal();
  cards.row.number = `${String(cards.row.number).slice(0, -4)}AAAA`;
  await expect(cards.open()).rejects.toMatchObject({ code: 'ERR_CIPHERTEXT_REJECTED' });
  expect(await measured('fieldseal.cell.opened')).toEqual([]);
  const [duration] = await measured('fieldseal.open.duration');
  expect(duration?.attributes['error.type']).toBe('ERR_CIPHERTEXT_REJECTED');
});

test('gauges show the cache and the audit trail', async () => {
  const keyring = await open();
  const cards = cardsOf(keyring);
  await cards.seal();
  await cards.open(2);
  const { cache } = keyring.counters();
  expect(await numberOf('fieldseal.cache.entries')).toBe(cache.entries);
  expect(cache.entries).toBeGreaterThan(0);
  expect(await numberOf('fieldseal.cache.hits')).toBe(cache.hits);
  expect(await numberOf('fieldseal.cache.misses')).toBe(cache.misses);
  expect(await numberOf('fieldseal.audit.pending')).toBe(keyring.counters().audit.pending);
  expect(keyring.counters().audit.pending).toBeGreaterThan(0);
  expect(await numberOf('fieldseal.audit.lost')).toBe(0);
});

test('a store that does not answer shows as degraded, until it does', async () => {
  const clock = fixedClock();
  const store = instrumentedStore();
  await open({ store, clock });
  /** Lets looks at the store come due, each after the one before it has ended. */
  async function pass(looks: number): Promise<void> {
    for (let look = 0; look < looks; look++) {
      clock.advance(5000);
      await new Promise(setImmediate);
    }
  }
  expect(await numberOf('fieldseal.degraded')).toBe(0);
  store.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'down');
  await pass(4);
  expect(await numberOf('fieldseal.degraded')).toBe(1);
  store.failure = undefined;
  await pass(1);
  expect(await numberOf('fieldseal.degraded')).toBe(0);
});

test('a keyring that was closed is not read any more', async () => {
  const clock = fixedClock();
  const keyring = await open({ clock });
  expect(await numberOf('fieldseal.degraded')).toBe(0);
  await keyring.close();
  clock.advance(60_000);
  expect(await numberOf('fieldseal.degraded')).toBe(0);
});

test('an exporter that fails stops nothing', async () => {
  const cards = cardsOf(await open());
  sdk.spans.export = () => {
    throw new Error('exporter');
  };
  await cards.seal();
  await cards.open();
  expect(await numberOf('fieldseal.cell.opened')).toBe(1);
});
