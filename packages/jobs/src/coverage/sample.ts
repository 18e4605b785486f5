import type { Count } from './count-field.ts';

/** Which part of a table is looked at: whole pages, each drawn by itself. */
export interface Sample {
  /** Of the pages: above 0, below 100. */
  readonly percent: number;
  /** The same seed draws the same pages. */
  readonly seed: number;
}

/** Of the bounds of a sample: how often, in percent, the true number lies within them. */
export const CONFIDENCE = 95;

/** Pages that a sample is to have, for a margin of about 3 % of the larger counts. */
const WANTED_PAGES = 5000;

/** The sample of a table, or `undefined` for one that is small enough to be counted. */
export function sampleOf(pages: number, seed: number): Sample | undefined {
  return pages < 2 * WANTED_PAGES
    ? undefined
    : { percent: Number(((100 * WANTED_PAGES) / pages).toPrecision(6)), seed };
}

/** Of the normal distribution, both sides. */
const DEVIATIONS = 1.96;
/** What a Poisson variable may be on average that was seen to be 0: 2.5 % are beyond. */
const UNMET_PAGES = 3.69;

/**
 * Horvitz-Thompson: what was met over the share that was drawn, with its own variance. Few pages are
 * not normal, so the pages that may have been missed altogether are added in full: `k + 1.96 sqrt(k) +
 * 3.69` is above the exact bound of a Poisson variable for every `k`.
 */
export function estimateOf(
  { percent }: Sample,
  met: { readonly sum: number; readonly squares: number; readonly most: number },
): Count {
  const share = percent / 100;
  const normal = (DEVIATIONS * Math.sqrt((1 - share) * met.squares)) / share;
  const rows = Math.round(met.sum / share);
  return { rows, margin: Math.ceil(normal + (UNMET_PAGES * met.most) / share) };
}
