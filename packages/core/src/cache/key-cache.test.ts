import { describe, expect, it } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Found, KeyCache, Outcome } from './cached-keys.ts';
import type { Clock } from './clock.ts';
import { createKeyCache } from './key-cache.ts';

interface Key {
  readonly bytes: Uint8Array;
  destroyed: number;
}

function manualClock(): Clock & { advance(ms: number): void; wall(ms: number): void } {
  let wallMs = 1_000_000;
  let monotonicMs = 0;
  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    schedule: () => () => {},
    advance(ms) {
      wallMs += ms;
      monotonicMs += ms;
    },
    wall(ms) {
      wallMs += ms;
    },
  };
}

/** A store of records by name; loads wait until `answer` when `held` is set. */
function fixture(options: { maxEntries?: number } = {}) {
  const clock = manualClock();
  const records = new Map<string, string>();
  const batches: string[][] = [];
  const made: Key[] = [];
  const state = { failure: undefined as unknown, gate: undefined as Promise<void> | undefined };

  function found(name: string, fingerprint: string): Found<Key> {
    return {
      name: name.startsWith('active:') ? (records.get(name) as string) : name,
      fingerprint,
      open() {
        if (fingerprint === 'bad') throw new FieldsealError('ERR_STORE_INTEGRITY', 'altered');
        const key: Key = { bytes: new Uint8Array(32).fill(7), destroyed: 0 };
        made.push(key);
        return key;
      },
    };
  }

  const cache: KeyCache<Key> = createKeyCache<Key>({
    maxEntries: options.maxEntries ?? 1000,
    maxAgeMs: 300_000,
    refreshAheadMs: 10_000,
    negativeMs: 2000,
    clock,
    async load(names) {
      batches.push([...names]);
      await state.gate;
      if (state.failure !== undefined) throw state.failure;
      const answer = new Map<string, Found<Key>>();
      for (const name of names) {
        const target = name.startsWith('active:') ? records.get(name) : name;
        const fingerprint = target === undefined ? undefined : records.get(target);
        if (fingerprint !== undefined) answer.set(name, found(name, fingerprint));
      }
      return answer;
    },
    destroy(key) {
      key.destroyed += 1;
      key.bytes.fill(0);
    },
  });

  async function get(name: string): Promise<Key> {
    const warm = cache.lend(name);
    const outcome = warm === undefined ? (await cache.fetch([name]))[0] : warm;
    return keyOf(outcome);
  }
  function keyOf(outcome: Outcome<Key> | undefined): Key {
    if (!outcome || 'error' in outcome) throw new Error('no key');
    return outcome.value;
  }
  function gate(): () => void {
    let open = (): void => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    return () => {
      open();
      state.gate = undefined;
    };
  }
  return { cache, clock, records, batches, made, state, get, gate, keyOf };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('key cache: loading', () => {
  it('ten concurrent misses of one name load and unwrap it once', async () => {
    const { cache, records, batches, made } = fixture();
    records.set('a', '1');
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => cache.fetch(['a'])));
    expect(batches).toEqual([['a']]);
    expect(made).toHaveLength(1);
    expect(new Set(outcomes.flat()).size).toBe(1);
  });

  it('all misses of one call are one batch', async () => {
    const { cache, records, batches } = fixture();
    for (const name of ['a', 'b', 'c']) records.set(name, '1');
    await cache.fetch(['a', 'b', 'c']);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('a call that overlaps one under way loads only what that one does not', async () => {
    const { cache, records, batches, gate } = fixture();
    for (const name of ['a', 'b', 'c']) records.set(name, '1');
    const open = gate();
    const first = cache.fetch(['a', 'b']);
    const second = cache.fetch(['b', 'c']);
    open();
    const [x, y] = await Promise.all([first, second]);
    expect(batches).toEqual([['a', 'b'], ['c']]);
    expect(x[1]).toBe(y[0]);
  });

  it('2,500 names are asked for in batches of at most 1,000', async () => {
    const { cache, batches } = fixture();
    await cache.fetch(Array.from({ length: 2500 }, (_, i) => `n${i}`));
    expect(batches.map((batch) => batch.length)).toEqual([1000, 1000, 500]);
  });

  it('a warm name is lent without a promise and without a load', async () => {
    const { cache, records, batches, get } = fixture();
    records.set('a', '1');
    const key = await get('a');
    expect(cache.lend('a')).toMatchObject({ value: key });
    expect(batches).toHaveLength(1);
    expect(cache.counters()).toMatchObject({ hits: 1, misses: 1, loads: 1, opened: 1 });
  });

  it('timers run while a thousand keys are unwrapped', async () => {
    const { cache, records, made } = fixture();
    const names = Array.from({ length: 1000 }, (_, i) => `n${i}`);
    for (const name of names) records.set(name, '1');
    const seen: number[] = [];
    let watching = true;
    const watch = (): void => {
      seen.push(made.length);
      if (watching) setImmediate(watch);
    };
    setImmediate(watch);
    await cache.fetch(names);
    watching = false;
    const steps = seen.map((total, i) => total - (seen[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(20);
    expect(made).toHaveLength(1000);
  });
});

describe('key cache: errors and absence', () => {
  it('a failed load reaches every waiter and is not kept', async () => {
    const { cache, records, state, batches, get } = fixture();
    records.set('a', '1');
    const failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'down');
    state.failure = failure;
    const outcomes = await Promise.all([cache.fetch(['a']), cache.fetch(['a'])]);
    expect(outcomes).toEqual([[{ error: failure }], [{ error: failure }]]);
    state.failure = undefined;
    expect((await get('a')).destroyed).toBe(0);
    expect(batches).toHaveLength(2);
    expect(cache.counters().failedLoads).toBe(1);
  });

  it('an error that is none of ours is replaced, so that no driver message gets out', async () => {
    const { cache, state } = fixture();
    state.failure = new TypeError('password=hunter2');
    const [outcome] = await cache.fetch(['a']);
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(outcome).toMatchObject({ error: { code: 'ERR_INTERNAL' } });
  });

  it('one altered record fails its own name only', async () => {
    const { cache, records, keyOf } = fixture();
    records.set('a', '1').set('x', 'bad').set('b', '1');
    const outcomes = await cache.fetch(['a', 'x', 'b']);
    expect(keyOf(outcomes[0]).destroyed).toBe(0);
    expect(outcomes[1]).toMatchObject({ error: { code: 'ERR_STORE_INTEGRITY' } });
    expect(keyOf(outcomes[2]).destroyed).toBe(0);
    expect(cache.lend('x')).toBeUndefined();
  });

  it('a name that does not exist is believed missing for two seconds, then asked for again', async () => {
    const { cache, clock, records, batches } = fixture();
    expect(await cache.fetch(['a'])).toEqual([null]);
    clock.advance(1999);
    expect(cache.lend('a')).toBeNull();
    expect(cache.counters().negativeHits).toBe(1);
    clock.advance(1);
    expect(cache.lend('a')).toBeUndefined();
    records.set('a', '1');
    expect((await cache.fetch(['a']))[0]).not.toBeNull();
    expect(batches).toHaveLength(2);
  });

  it('a hint makes missing names unknown at once', async () => {
    const { cache } = fixture();
    await cache.fetch(['a']);
    cache.forgetMissing();
    expect(cache.lend('a')).toBeUndefined();
  });
});

describe('key cache: age', () => {
  it('an entry is not lent at its 300th second, however often it was used', async () => {
    const { cache, clock, records, get } = fixture();
    records.set('a', '1');
    const first = await get('a');
    for (let second = 1; second < 290; second++) {
      clock.advance(1000);
      expect(cache.lend('a')).toMatchObject({ value: first });
    }
    clock.advance(11_000);
    expect(cache.lend('a')).toBeUndefined();
  });

  it('a wall clock that jumps ahead, as after sleep, ends entries too', async () => {
    const { cache, clock, records, get } = fixture();
    records.set('a', '1');
    await get('a');
    clock.wall(300_000);
    expect(cache.lend('a')).toBeUndefined();
  });

  it('a use in the last ten seconds reads the record again; the key stays when it is unchanged', async () => {
    const { cache, clock, records, batches, made, get } = fixture();
    records.set('a', '1');
    const key = await get('a');
    clock.advance(290_000);
    expect(cache.lend('a')).toMatchObject({ value: key });
    expect(cache.lend('a')).toMatchObject({ value: key });
    await tick();
    expect(batches).toEqual([['a'], ['a']]);
    clock.advance(200_000);
    expect(cache.lend('a')).toMatchObject({ value: key });
    expect(made).toHaveLength(1);
  });

  it('a refresh that finds another record replaces the key; borrowers of the old one keep it', async () => {
    const { cache, clock, records, get } = fixture();
    records.set('a', '1');
    const old = await get('a');
    const lent = cache.lend('a');
    clock.advance(295_000);
    records.set('a', '2');
    const again = cache.lend('a');
    await tick();
    const fresh = await get('a');
    expect(fresh).not.toBe(old);
    expect(old.destroyed).toBe(0);
    // three borrowers had the old key: the first get, `lent` and `again`
    for (const borrowed of [lent, again, lent]) if (borrowed) cache.release(borrowed);
    expect(old.destroyed).toBe(1);
  });

  it('a refresh that finds nothing drops the key at once', async () => {
    const { cache, clock, records, get } = fixture();
    records.set('a', '1');
    await get('a');
    clock.advance(295_000);
    records.delete('a');
    cache.lend('a');
    await tick();
    expect(cache.lend('a')).toBeNull();
  });

  it('a failing refresh is tried once a second and the entry still ends in time', async () => {
    const { cache, clock, records, state, batches, get } = fixture();
    records.set('a', '1');
    await get('a');
    state.failure = new FieldsealError('ERR_STORE_UNAVAILABLE', 'down');
    clock.advance(290_000);
    for (let i = 0; i < 40; i++) {
      expect(cache.lend('a')).toBeTruthy();
      await tick();
      clock.advance(100);
    }
    expect(batches.length - 1).toBe(4);
    clock.advance(6000);
    expect(cache.lend('a')).toBeUndefined();
  });
});

describe('key cache: bounds and wiping', () => {
  it('the least recently used name makes room', async () => {
    const { cache, records, get } = fixture({ maxEntries: 2 });
    for (const name of ['a', 'b', 'c']) records.set(name, '1');
    await get('a');
    await get('b');
    cache.lend('a');
    await get('c');
    expect(cache.lend('b')).toBeUndefined();
    expect(cache.lend('a')).toBeTruthy();
    expect(cache.counters().evictions).toBe(1);
  });

  it('a call that needs more keys than the cache holds gets them all, none zeroed', async () => {
    const { cache, records, keyOf } = fixture({ maxEntries: 3 });
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
    for (const name of names) records.set(name, '1');
    const outcomes = await cache.fetch(names);
    for (const outcome of outcomes) expect(keyOf(outcome).bytes[0]).toBe(7);
    const keys = outcomes.map(keyOf);
    for (const outcome of outcomes) cache.release(outcome as { value: Key });
    expect(keys.filter((key) => key.destroyed === 1)).toHaveLength(47);
    cache.clear();
    expect(keys.every((key) => key.destroyed === 1)).toBe(true);
  });

  it('a key evicted while five callers wait for its load reaches all five unzeroed', async () => {
    const { cache, records, gate, keyOf } = fixture({ maxEntries: 1 });
    records.set('a', '1').set('b', '1');
    const open = gate();
    const waiting = Array.from({ length: 5 }, () => cache.fetch(['a', 'b']));
    open();
    const outcomes = await Promise.all(waiting);
    for (const outcome of outcomes.flat()) expect(keyOf(outcome).bytes[0]).toBe(7);
  });

  it('a key whose load was under way when clear ran serves its waiters and is not held', async () => {
    const { cache, records, gate, keyOf } = fixture();
    records.set('a', '1');
    const open = gate();
    const waiting = cache.fetch(['a']);
    cache.clear();
    open();
    const [outcome] = await waiting;
    expect(keyOf(outcome).bytes[0]).toBe(7);
    expect(cache.lend('a')).toBeUndefined();
    cache.release(outcome as { value: Key });
    expect(keyOf(outcome).destroyed).toBe(1);
  });

  it('a key that clear drops while it is lent is wiped at its last return only', async () => {
    const { cache, records } = fixture();
    records.set('a', '1');
    const [one] = await cache.fetch(['a']);
    const two = cache.lend('a');
    cache.clear();
    const key = (two as { value: Key }).value;
    cache.release(one as { value: Key });
    expect(key.destroyed).toBe(0);
    cache.release(two as { value: Key });
    expect(key).toMatchObject({ destroyed: 1 });
    expect(key.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('an alias of a record shares its entry, and the entry lives as long as either name', async () => {
    const { cache, records, made, get } = fixture();
    records.set('active:k', 'a').set('a', '1');
    const byAlias = await get('active:k');
    expect(await get('a')).toBe(byAlias);
    expect(made).toHaveLength(1);
    cache.forget('active:k');
    expect(byAlias.destroyed).toBe(0);
    expect(cache.lend('a')).toMatchObject({ value: byAlias });
  });
});
