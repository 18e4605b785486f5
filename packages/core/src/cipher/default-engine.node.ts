import type { Engine, RandomSource } from './engine.ts';
import { createNodeEngine } from './node-engine.ts';
import { createRandomPool } from './random-pool.ts';
import { loadSodium } from './sodium.ts';
import { systemRandom } from './system-random.ts';

let engine: Engine | undefined;
let random: RandomSource | undefined;

/** The fastest engine of this platform, picked at the first call. */
export function defaultEngine(): Engine {
  engine ??= createNodeEngine(loadSodium());
  return engine;
}

/** The random source of this isolate. */
export function defaultRandom(): RandomSource {
  random ??= createRandomPool({
    generate: (target) => systemRandom(target),
    monotonicMs: () => performance.now(),
    wallMs: Date.now,
  });
  return random;
}
