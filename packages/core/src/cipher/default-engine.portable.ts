import type { Engine, RandomSource } from './engine.ts';
import { createNobleEngine } from './noble-engine.ts';
import { createRandomPool } from './random-pool.ts';

let engine: Engine | undefined;
let random: RandomSource | undefined;

/** The reference engine: there is no other one outside Node. */
export function defaultEngine(): Engine {
  engine ??= createNobleEngine();
  return engine;
}

/** The random source of this isolate. */
export function defaultRandom(): RandomSource {
  random ??= createRandomPool({
    generate: (target) => crypto.getRandomValues(target as Uint8Array<ArrayBuffer>),
    monotonicMs: () => performance.now(),
    wallMs: Date.now,
  });
  return random;
}
