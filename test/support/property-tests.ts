import fc, { type IRawProperty, type Parameters } from 'fast-check';
import { vi } from 'vitest';

/** How many times longer the properties are tried by `npm run test:long`. */
const LONG_FACTOR = 20;
const DEFAULT_RUNS = 100;

/** Tests say how many runs they need in an ordinary run; a long one multiplies that. */
vi.mock('fast-check', async (importOriginal) => {
  const real = await importOriginal<typeof import('fast-check')>();
  if (process.env.FIELDSEAL_LONG !== '1') return real;
  const longer = (property: IRawProperty<unknown>, parameters?: Parameters<unknown>) => {
    const numRuns = (parameters?.numRuns ?? DEFAULT_RUNS) * LONG_FACTOR;
    return real.assert(property, { ...parameters, numRuns, interruptAfterTimeLimit: 20_000 });
  };
  const assert = longer as typeof real.assert;
  return { ...real, assert, default: { ...real.default, assert } };
});

/** Property tests of a run share its seed, so that a failure can be repeated; see docs/testing.md. */
const seed = Number(process.env.FIELDSEAL_SEED);
if (Number.isInteger(seed)) fc.configureGlobal({ seed });
