import { performance } from 'node:perf_hooks';

/**
 * Times the first pass of one step of a job: hand it over as `onProgress`.
 *
 * @param {{ step: string, rows: number }} options How many rows the pass reads.
 */
export function createStepTimer({ step: name, rows }) {
  let startedAt;
  let ms;
  return {
    onProgress({ step, read }) {
      if (ms !== undefined) return;
      if (step === name && startedAt === undefined) startedAt = performance.now();
      if (step === name && read >= rows) ms = performance.now() - startedAt;
    },
    /** Milliseconds. */
    ms() {
      if (ms === undefined) throw new Error(`The step ${name} did not read ${rows} rows`);
      return ms;
    },
  };
}
