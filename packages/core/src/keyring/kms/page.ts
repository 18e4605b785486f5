import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { boundedText, wholeNumber } from './request.ts';

/** How much of a list is wanted, as in AWS KMS. */
export interface PageRequest {
  /** 1 to 1,000, and 100 by default, where the call says nothing else. */
  readonly Limit?: number;
  /** `NextMarker` of the page before. */
  readonly Marker?: string;
}

export interface PageEnd {
  readonly Truncated: boolean;
  /** Only when there is more. */
  readonly NextMarker?: string;
}

/** How a list is put in order and cut. */
export interface PageOrder<Item> {
  /** Unlike that of any other item; items are listed in the order of their names. */
  readonly nameOf: (item: Item) => string;
  /** What such a name looks like, as a marker that nobody gave is refused. */
  readonly pattern: RegExp;
  readonly most?: number;
  readonly otherwise?: number;
}

/** Limits of calls where AWS KMS allows 100, and gives 50 when nothing is said. */
export const SHORT_PAGES = { most: 100, otherwise: 50 } as const;

/** What sorts by age, then by id. */
export function nameByAge({ createdAt, id }: { createdAt: bigint; id: string }): string {
  return `${String(createdAt).padStart(20, '0')}.${id}`;
}
export const NAME_BY_AGE: RegExp = /^\d{20}\.[0-9a-f-]{36}$/;

/**
 * One page of a list that is in memory. A marker is the place of the last item of the page before,
 * so that items that come or go meanwhile, this one too, shift nothing.
 * @throws `ERR_REQUEST_INVALID`, `ERR_MARKER_INVALID`
 */
export function pageOf<Item>(
  request: PageRequest,
  items: readonly Item[],
  { nameOf, pattern, most = 1000, otherwise = 100 }: PageOrder<Item>,
): { readonly page: readonly Item[]; readonly end: PageEnd } {
  const limit = wholeNumber('Limit', request.Limit, { least: 1, most, otherwise });
  const named = items.map((item) => ({ item, name: nameOf(item) }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  const { Marker } = request;
  let rest = named;
  if (Marker !== undefined) {
    const marker = boundedText('Marker', Marker, 1, 1024);
    if (!pattern.test(marker)) {
      const message = 'Must be the NextMarker of an earlier page';
      throw new FieldsealError('ERR_MARKER_INVALID', message, { option: 'Marker' });
    }
    rest = named.filter(({ name }) => name > marker);
  }
  const taken = rest.slice(0, limit);
  const page = taken.map(({ item }) => item);
  const last = taken.at(-1);
  if (rest.length === taken.length || last === undefined)
    return { page, end: { Truncated: false } };
  return { page, end: { Truncated: true, NextMarker: last.name } };
}
