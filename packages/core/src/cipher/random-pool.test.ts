import { describe, expect, test } from 'vitest';
import type { RandomSource } from './engine.ts';
import { createRandomPool } from './random-pool.ts';

/** A pool whose bytes say which fill they come from, over clocks that the test moves. */
function observed(): {
  readonly pool: RandomSource;
  readonly fills: Uint8Array[];
  readonly clock: { wall: number; monotonic: number; fails: boolean };
} {
  const fills: Uint8Array[] = [];
  const clock = { wall: 1_700_000_000_000, monotonic: 5_000, fails: false };
  const pool = createRandomPool({
    generate(target) {
      if (clock.fails) throw new TypeError('no entropy');
      fills.push(target);
      target.fill(fills.length);
    },
    monotonicMs: () => clock.monotonic,
    wallMs: () => clock.wall,
  });
  return { pool, fills, clock };
}

function draw(pool: RandomSource, length: number): Uint8Array {
  const target = new Uint8Array(length);
  pool.fill(target);
  return target;
}

describe('random pool', () => {
  test('nothing is drawn before the first call', () => {
    const { pool, fills } = observed();
    expect(pool.generation).toBe(0);
    expect(fills).toHaveLength(0);
  });

  test('many small calls need one fill of 4 KiB, and no byte is given out twice', () => {
    let next = 0;
    const pool = createRandomPool({
      generate(target) {
        for (let i = 0; i < target.length; i += 2) {
          target[i] = next >> 8;
          target[i + 1] = next & 0xff;
          next += 1;
        }
      },
      monotonicMs: () => 0,
      wallMs: () => 0,
    });
    const seen = new Set<string>();
    for (let i = 0; i < 500; i++) seen.add(draw(pool, 24).join());
    expect(seen.size).toBe(500);
    // 170 calls of 24 bytes fit into one fill
    expect(next).toBe(3 * 2048);
  });

  test('bytes that were given out are wiped in the pool', () => {
    const { pool, fills } = observed();
    draw(pool, 24);
    const memory = fills[0] as Uint8Array;
    expect(memory).toHaveLength(4096);
    expect(memory.subarray(0, 24)).toEqual(new Uint8Array(24));
    expect(memory[24]).toBe(1);
  });

  test('more than a pool is drawn directly', () => {
    const { pool, fills } = observed();
    expect(draw(pool, 5000)).toEqual(new Uint8Array(5000).fill(1));
    expect(fills[0]).toHaveLength(5000);
  });

  test('a pool older than a second is dropped', () => {
    const { pool, clock } = observed();
    expect(draw(pool, 1)[0]).toBe(1);
    clock.wall += 400;
    clock.monotonic += 400;
    expect(draw(pool, 1)[0]).toBe(1);
    clock.wall += 601;
    clock.monotonic += 601;
    expect(draw(pool, 1)[0]).toBe(2);
    expect(pool.generation).toBe(0);
  });

  test.each([
    ['the wall clock jumped ahead while the process was stopped', 60_000],
    ['the wall clock was put back', -60_000],
  ])('when %s the pool is dropped and the generation grows', (_case, step) => {
    const { pool, clock } = observed();
    draw(pool, 1);
    clock.wall += step;
    expect(draw(pool, 1)[0]).toBe(2);
    expect(pool.generation).toBe(1);
    expect(draw(pool, 1)[0]).toBe(2);
    expect(pool.generation).toBe(1);
  });

  test('clocks that part by less than half a second are drift, not a restore', () => {
    const { pool, clock } = observed();
    draw(pool, 1);
    clock.wall += 2_400;
    clock.monotonic += 2_000;
    draw(pool, 1);
    expect(pool.generation).toBe(0);
  });

  test('reset drops and wipes the pool and grows the generation each time', () => {
    const { pool, fills } = observed();
    draw(pool, 1);
    pool.reset();
    pool.reset();
    expect(fills[0]).toEqual(new Uint8Array(4096));
    expect(pool.generation).toBe(2);
    expect(draw(pool, 1)[0]).toBe(2);
  });

  test('when the system gives no bytes the call throws, and nothing of an old pool is given out', () => {
    const { pool, clock } = observed();
    draw(pool, 4095);
    clock.fails = true;
    expect(() => draw(pool, 2)).toThrow('no entropy');
    expect(() => draw(pool, 1)).toThrow('no entropy');
    clock.fails = false;
    expect(draw(pool, 1)[0]).toBe(2);
  });
});
