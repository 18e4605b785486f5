import type { PageEnd, PageRequest } from '@fieldseal/core';

/** All items of a list that comes page by page. */
export async function allPages<Page extends PageEnd, Item>(
  read: (page: PageRequest) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let marker: string | undefined;
  do {
    const page = await read(marker === undefined ? {} : { Marker: marker });
    items.push(...itemsOf(page));
    marker = page.NextMarker;
  } while (marker !== undefined);
  return items;
}
