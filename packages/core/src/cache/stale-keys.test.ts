import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createKeyCache } from './key-cache.ts';

const MINUTE = 60_000;

/** A cache whose entries live 5 minutes, and 15 more while the store is away. */
function fixture(given: { staleMs?: number } = {}) {
  let nowMs = 0;
  const state = {
    failure: undefined as unknown,
    known: false,
    fingerprint: '1',
    loads: 0,
    wiped: 0,
  };
  const cache = createKeyCache<object>({
    maxEntries: 10,
    maxAgeMs: 5 * MINUTE,
    refreshAheadMs: 10_000,
    negativeMs: 2000,
    staleMs: 15 * MINUTE,
    ...given,
    isAway: () => state.known,
    clock: { now: () => nowMs, monotonic: () => nowMs, schedule: () => () => {} },
    async load(names) {
      state.loads += 1;
      if (state.failure !== undefined) throw state.failure;
      const { fingerprint } = state;
      return new Map(names.map((name) => [name, { name, fingerprint, open: () => ({ name }) }]));
    },
    destroy() {
      state.wiped += 1;
    },
  });
  const passed = (ms: number): void => {
    nowMs += ms;
  };
  return { cache, state, passed };
}

const away = new FieldsealError('ERR_STORE_UNAVAILABLE', 'away');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('key cache: a store that is away', () => {
  it('an entry whose time is over serves when the store was asked and is away', async () => {
    const { cache, state, passed } = fixture();
    const [first] = await cache.fetch(['a']);
    passed(6 * MINUTE);
    state.failure = away;
    expect(cache.lend('a')).toBeUndefined();
    const [one, two] = await Promise.all([cache.fetch(['a']), cache.fetch(['a'])]);
    expect([...one, ...two]).toEqual([first, first]);
    expect(cache.counters().stale).toBe(2);
    for (const lent of [first, ...one, ...two]) cache.release(lent as never);
    cache.clear();
    expect(state.wiped).toBe(1);
  });

  it('nobody waits for a store that is known to be away, and it is asked once a second', async () => {
    const { cache, state, passed } = fixture();
    const [first] = await cache.fetch(['a']);
    passed(6 * MINUTE);
    Object.assign(state, { failure: away, known: true });
    for (let i = 0; i < 30; i++) {
      expect(cache.lend('a')).toBe(first);
      await turn();
      passed(100);
    }
    expect(state.loads - 1).toBe(3);
  });

  it('the end is hard: 15 minutes after its time an entry is gone', async () => {
    const { cache, state, passed } = fixture();
    await cache.fetch(['a']);
    Object.assign(state, { failure: away, known: true });
    passed(20 * MINUTE - 1);
    expect(cache.lend('a')).not.toBeUndefined();
    passed(1);
    expect(cache.lend('a')).toBeUndefined();
    expect(await cache.fetch(['a'])).toEqual([{ error: away }]);
  });

  it.each([
    new FieldsealError('ERR_KEY_DISABLED', 'no'),
    new FieldsealError('ERR_STORE_INTEGRITY', 'no'),
    new RangeError('no'),
  ])('a refusal is no outage: %o', async (failure) => {
    const { cache, state, passed } = fixture();
    await cache.fetch(['a']);
    passed(6 * MINUTE);
    state.failure = failure;
    expect(await cache.fetch(['a'])).toEqual([{ error: expect.any(FieldsealError) }]);
  });

  it('a key that was forgotten while the store was asked does not come back', async () => {
    const { cache, state, passed } = fixture();
    await cache.fetch(['a']);
    passed(6 * MINUTE);
    state.failure = away;
    const asked = cache.fetch(['a']);
    cache.forget('a');
    expect(await asked).toEqual([{ error: away }]);
  });

  it('without a window an entry ends in time', async () => {
    const { cache, state, passed } = fixture({ staleMs: 0 });
    await cache.fetch(['a']);
    Object.assign(state, { failure: away, known: true });
    passed(5 * MINUTE);
    expect(cache.lend('a')).toBeUndefined();
    expect(await cache.fetch(['a'])).toEqual([{ error: away }]);
  });

  it('once the store is back a record that changed meanwhile replaces the key', async () => {
    const { cache, state, passed } = fixture();
    const [first] = await cache.fetch(['a']);
    passed(6 * MINUTE);
    Object.assign(state, { failure: away, known: true });
    expect(cache.lend('a')).toBe(first);
    await turn();
    Object.assign(state, { failure: undefined, known: false, fingerprint: '2' });
    passed(1000);
    const [second] = await cache.fetch(['a']);
    expect(second).not.toBe(first);
    expect(cache.lend('a')).toBe(second);
  });
});
