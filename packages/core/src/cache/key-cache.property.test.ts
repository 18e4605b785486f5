import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Found, KeyCache, Lent } from './cached-keys.ts';
import { createKeyCache } from './key-cache.ts';

interface Key {
  readonly bytes: Uint8Array;
  destroyed: number;
}

/** A cache of three names over five records, and what a crowd of callers does with it. */
function crowd() {
  let wallMs = 0;
  let version = 0;
  const made: Key[] = [];
  const versions = new Map<string, string>();
  const borrowed: Lent<Key>[] = [];
  const pending: Promise<void>[] = [];
  const cache: KeyCache<Key> = createKeyCache<Key>({
    maxEntries: 3,
    maxAgeMs: 300_000,
    refreshAheadMs: 10_000,
    negativeMs: 2000,
    clock: { now: () => wallMs, monotonic: () => wallMs, schedule: () => () => {} },
    async load(names) {
      const find = (name: string): [string, Found<Key>] => [
        name,
        { name, fingerprint: versions.get(name) ?? '0', open },
      ];
      return new Map(names.map(find));
    },
    destroy(key) {
      key.destroyed += 1;
      key.bytes.fill(0);
    },
  });
  function open(): Key {
    const key: Key = { bytes: new Uint8Array(32).fill(7), destroyed: 0 };
    made.push(key);
    return key;
  }
  async function load(name: string): Promise<void> {
    const [outcome] = await cache.fetch([name]);
    if (outcome && !('error' in outcome)) borrowed.push(outcome);
  }
  const actions = {
    take(n: number): void {
      const name = `n${n % 5}`;
      const warm = cache.lend(name);
      if (warm) borrowed.push(warm);
      if (warm === undefined) pending.push(load(name));
    },
    give(n: number): void {
      const [lent] = borrowed.splice(n % Math.max(1, borrowed.length), 1);
      if (lent) cache.release(lent);
    },
    forget: (n: number): void => cache.forget(`n${n % 5}`),
    change(n: number): void {
      version += 1;
      versions.set(`n${n % 5}`, String(version));
    },
    advance(n: number): void {
      wallMs += n * 20_000;
    },
    clear: (): void => cache.clear(),
    turn: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  };
  async function finish(): Promise<void> {
    await Promise.all(pending);
    await actions.turn();
  }
  return { actions, borrowed, cache, finish, made };
}

const names = [
  'take',
  'take',
  'take',
  'give',
  'forget',
  'change',
  'advance',
  'clear',
  'turn',
] as const;
const step = fc.record({ action: fc.constantFrom(...names), n: fc.nat(20) });

it('whatever a crowd of callers does, no borrower sees a wiped key and each key is wiped once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { actions, borrowed, cache, finish, made } = crowd();
      for (const { action, n } of steps) {
        await actions[action](n);
        for (const { value } of borrowed) expect(value.bytes[0]).toBe(7);
      }
      await finish();
      for (const { value } of borrowed) expect(value.bytes[0]).toBe(7);
      cache.clear();
      for (const lent of borrowed) cache.release(lent);
      expect(made.map((key) => key.destroyed)).toEqual(made.map(() => 1));
    }),
    { numRuns: 150 },
  );
});
