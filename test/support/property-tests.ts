import fc from 'fast-check';

/** Property tests of a run share its seed, so that a failure can be repeated; see docs/testing.md. */
const seed = Number(process.env.FIELDSEAL_SEED);

fc.configureGlobal({
  ...(Number.isInteger(seed) ? { seed } : {}),
  ...(process.env.FIELDSEAL_LONG === '1' ? { numRuns: 1000, interruptAfterTimeLimit: 60_000 } : {}),
});
