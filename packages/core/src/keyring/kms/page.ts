import { invalidRequest, wholeNumber } from './request.ts';

/** How much of a list is wanted, as in AWS KMS. */
export interface PageRequest {
  /** 1 to 1,000; 100 by default. */
  readonly Limit?: number;
  /** `NextMarker` of the page before. */
  readonly Marker?: string;
}

export interface PageEnd {
  readonly Truncated: boolean;
  /** Only when there is more. */
  readonly NextMarker?: string;
}

/**
 * One page of a list that is in memory. A marker names the last item of the page before, so that
 * items that come or go meanwhile shift nothing.
 */
export function pageOf<Item>(
  request: PageRequest,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly end: PageEnd } {
  const limit = wholeNumber('Limit', request.Limit, { least: 1, most: 1000, otherwise: 100 });
  const { Marker } = request;
  let start = 0;
  if (Marker !== undefined) {
    const before = items.findIndex((item) => nameOf(item) === Marker);
    if (before < 0) throw invalidRequest('Marker', 'Must be the NextMarker of an earlier page');
    start = before + 1;
  }
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const more = start + page.length < items.length;
  if (!more || last === undefined) return { page, end: { Truncated: false } };
  return { page, end: { Truncated: true, NextMarker: nameOf(last) } };
}
